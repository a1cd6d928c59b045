#include "otatool/espota/digest.hpp"

#include <array>
#include <stdexcept>

#include <openssl/evp.h>

#include "otatool/wire/espota.hpp"

namespace otatool::espota {
namespace {

std::string hex_digest(const EVP_MD* algorithm, Bytes bytes) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, algorithm, nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot compute the digest");
  }
  return to_hex(Bytes(digest).first(length));
}

std::string joined(std::string_view first, std::string_view nonce, std::string_view cnonce) {
  std::string text(first);
  text.append(":").append(nonce).append(":").append(cnonce);
  return text;
}

}  // namespace

std::string md5_hex(Bytes bytes) {
  return hex_digest(EVP_md5(), bytes);
}

std::string sha256_hex(Bytes bytes) {
  return hex_digest(EVP_sha256(), bytes);
}

Secret stored_form(std::string_view password, PasswordForm form) {
  const Bytes bytes = as_bytes(password);
  return Secret(form == PasswordForm::Md5 ? md5_hex(bytes) : sha256_hex(bytes));
}

std::string md5_response(std::string_view stored, std::string_view nonce, std::string_view cnonce) {
  const Secret text(joined(stored, nonce, cnonce));
  return md5_hex(as_bytes(text.reveal()));
}

std::string sha256_response(std::string_view stored,
                            std::string_view nonce,
                            std::string_view cnonce) {
  std::string salt(nonce);
  salt.append(":").append(cnonce);
  std::array<std::uint8_t, 32> key{};
  if (PKCS5_PBKDF2_HMAC(stored.data(),
                        static_cast<int>(stored.size()),
                        as_bytes(salt).data(),
                        static_cast<int>(salt.size()),
                        static_cast<int>(wire::kPbkdf2Iterations),
                        EVP_sha256(),
                        static_cast<int>(key.size()),
                        key.data()) != 1) {
    throw std::runtime_error("OpenSSL cannot compute PBKDF2");
  }
  const Secret text(joined(to_hex(key), nonce, cnonce));
  explicit_bzero(key.data(), key.size());
  return sha256_hex(as_bytes(text.reveal()));
}

}  // namespace otatool::espota
