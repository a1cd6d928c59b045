#include "tests/support/stock_digest.hpp"

#include <array>
#include <stdexcept>

#include <openssl/evp.h>

namespace otatool::testing {
namespace {

std::string hex(const unsigned char* bytes, std::size_t length) {
  std::string text;
  for (std::size_t i = 0; i < length; ++i) {
    text += "0123456789abcdef"[bytes[i] / 16];
    text += "0123456789abcdef"[bytes[i] % 16];
  }
  return text;
}

std::string digest(const EVP_MD* algorithm, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), sum.data(), &length, algorithm, nullptr) != 1) {
    throw std::runtime_error("OpenSSL computes no digest");
  }
  return hex(sum.data(), length);
}

}  // namespace

std::string md5_text(std::string_view bytes) {
  return digest(EVP_md5(), bytes);
}

std::string sha256_text(std::string_view bytes) {
  return digest(EVP_sha256(), bytes);
}

std::string expected_md5_response(const AuthFields& fields) {
  return md5_text(fields.stored + ":" + fields.nonce + ":" + fields.cnonce);
}

std::string expected_sha256_response(const AuthFields& fields) {
  const std::string salt = fields.nonce + ":" + fields.cnonce;
  std::array<unsigned char, 32> key{};
  if (PKCS5_PBKDF2_HMAC(fields.stored.c_str(),
                        static_cast<int>(fields.stored.size()),
                        reinterpret_cast<const unsigned char*>(salt.data()),
                        static_cast<int>(salt.size()),
                        10'000,
                        EVP_sha256(),
                        static_cast<int>(key.size()),
                        key.data()) != 1) {
    throw std::runtime_error("OpenSSL computes no PBKDF2");
  }
  return sha256_text(hex(key.data(), key.size()) + ":" + salt);
}

}  // namespace otatool::testing
