// Reads key files of all common forms. Distinguishes them by their outermost structure, so that no
// decoder of OpenSSL guesses or asks for a passphrase.
#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <string>
#include <string_view>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "signing/native_key.hpp"
#include "signing/pkcs12.hpp"

namespace otatool::signing {
namespace {

using Native = std::shared_ptr<const NativeKey>;
using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freed<PKCS8_PRIV_KEY_INFO_free>>;
using EncryptedPkcs8 = std::unique_ptr<X509_SIG, Freed<X509_SIG_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;

/// A protected RSA-4096 key with comments has 4 KB; a firmware image is larger.
constexpr std::size_t kLargestKeyFile = 256U << 10U;

tl::unexpected<Error> no_passphrase() {
  return fail(Errc::PassphraseNeeded, "the private key is protected by a passphrase");
}

/// The reason of a failed decryption, from OpenSSL's error queue. Clears the queue.
tl::unexpected<Error> cannot_decrypt() {
  bool unsupported = false;
  while (const unsigned long code = ERR_get_error()) {
    unsupported |=
        ERR_GET_REASON(code) == ERR_R_UNSUPPORTED ||
        (ERR_GET_LIB(code) == ERR_LIB_EVP && ERR_GET_REASON(code) == EVP_R_UNKNOWN_PBE_ALGORITHM) ||
        (ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_UNSUPPORTED_ENCRYPTION);
  }
  return unsupported ? fail(Errc::KeyUnusable, "the private key is protected by an outdated cipher")
                     : fail(Errc::KeyUnusable, "the passphrase does not open the private key");
}

/// Decodes one DER object that must fill all of `der`.
template <typename T, typename Decode>
T decode_whole(Bytes der, Decode decode) {
  const unsigned char* at = der.data();
  T object(decode(&at, static_cast<long>(der.size())));
  if (object != nullptr && at != der.data() + der.size()) {
    object.reset();
  }
  ERR_clear_error();
  return object;
}

EvpKey decode_typed_private(Bytes der, int type) {
  return decode_whole<EvpKey>(der, [type](const unsigned char** at, long size) {
    return d2i_PrivateKey(type, nullptr, at, size);
  });
}

EvpKey decode_pkcs1_public(Bytes der) {
  return decode_whole<EvpKey>(der, [](const unsigned char** at, long size) {
    return d2i_PublicKey(EVP_PKEY_RSA, nullptr, at, size);
  });
}

EvpKey decode_spki(Bytes der) {
  return decode_whole<EvpKey>(
      der, [](const unsigned char** at, long size) { return d2i_PUBKEY(nullptr, at, size); });
}

EvpKey decode_pkcs8(Bytes der) {
  const auto info = decode_whole<Pkcs8>(der, [](const unsigned char** at, long size) {
    return d2i_PKCS8_PRIV_KEY_INFO(nullptr, at, size);
  });
  EvpKey key(info == nullptr ? nullptr : EVP_PKCS82PKEY(info.get()));
  ERR_clear_error();
  return key;
}

EncryptedPkcs8 decode_encrypted_pkcs8(Bytes der) {
  return decode_whole<EncryptedPkcs8>(
      der, [](const unsigned char** at, long size) { return d2i_X509_SIG(nullptr, at, size); });
}

Result<Native> adopt_or(EvpKey key, bool has_private, std::string_view what) {
  if (key == nullptr) {
    return fail(Errc::KeyUnusable, std::string(what) + " is damaged or of an unknown kind");
  }
  return adopt(std::move(key), has_private);
}

Result<Native> open_pkcs8(const X509_SIG& encrypted, const std::optional<Secret>& passphrase) {
  if (!passphrase) {
    return no_passphrase();
  }
  const std::string_view text = passphrase->reveal();
  const Pkcs8 info(PKCS8_decrypt(&encrypted, text.data(), static_cast<int>(text.size())));
  if (info == nullptr) {
    return cannot_decrypt();
  }
  EvpKey key(EVP_PKCS82PKEY(info.get()));
  ERR_clear_error();
  return adopt_or(std::move(key), true, "the private key");
}

bool is_certificate(Bytes der) {
  return decode_whole<Certificate>(der, [](const unsigned char** at, long size) {
           return d2i_X509(nullptr, at, size);
         }) != nullptr;
}

Result<Native> read_der(Bytes der, const std::optional<Secret>& passphrase) {
  // The outermost structures of these forms differ.
  if (EvpKey key = decode_pkcs8(der)) {
    return adopt(std::move(key), true);
  }
  if (EvpKey key = decode_spki(der)) {
    return adopt(std::move(key), false);
  }
  if (EvpKey key = decode_pkcs1_public(der)) {
    return adopt(std::move(key), false);
  }
  for (const int type : {EVP_PKEY_RSA, EVP_PKEY_EC}) {
    if (EvpKey key = decode_typed_private(der, type)) {
      return adopt(std::move(key), true);
    }
  }
  if (const EncryptedPkcs8 encrypted = decode_encrypted_pkcs8(der)) {
    return open_pkcs8(*encrypted, passphrase);
  }
  if (auto key = read_pkcs12(der, passphrase)) {
    return *std::move(key);
  }
  if (is_certificate(der)) {
    return fail(Errc::KeyUnusable, "a certificate, not a key");
  }
  return fail(Errc::KeyUnusable, "neither a PEM, DER nor PKCS#12 key");
}

/// One block of a PEM file. The destructor erases its memory, which may hold a private key.
class PemBlock {
 public:
  PemBlock() = default;
  PemBlock(const PemBlock&) = delete;
  PemBlock& operator=(const PemBlock&) = delete;
  ~PemBlock() {
    OPENSSL_free(name_);
    OPENSSL_free(header_);
    OPENSSL_clear_free(data_, static_cast<std::size_t>(size_));
  }

  bool read(BIO* from) { return PEM_read_bio(from, &name_, &header_, &data_, &size_) == 1; }
  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] Bytes data() const { return {data_, static_cast<std::size_t>(size_)}; }

  /// Decrypts the block if its header names an encryption.
  Result<void> decrypt(const std::optional<Secret>& passphrase) {
    EVP_CIPHER_INFO cipher{};
    if (PEM_get_EVP_CIPHER_INFO(header_, &cipher) != 1) {
      return cannot_decrypt();
    }
    if (cipher.cipher == nullptr) {
      return {};
    }
    if (!passphrase) {
      return no_passphrase();
    }
    const std::string_view text = passphrase->reveal();
    if (PEM_do_header(
            &cipher, data_, &size_, copy_passphrase, const_cast<std::string_view*>(&text)) != 1) {
      return cannot_decrypt();
    }
    decrypted_ = true;
    return {};
  }
  [[nodiscard]] bool decrypted() const { return decrypted_; }

 private:
  static int copy_passphrase(char* buffer, int size, int /*writing*/, void* text) {
    const auto& passphrase = *static_cast<const std::string_view*>(text);
    if (passphrase.size() > static_cast<std::size_t>(size)) {
      return -1;
    }
    std::copy(passphrase.begin(), passphrase.end(), buffer);
    return static_cast<int>(passphrase.size());
  }

  char* name_ = nullptr;
  char* header_ = nullptr;
  unsigned char* data_ = nullptr;
  long size_ = 0;
  bool decrypted_ = false;
};

Result<Native> read_typed_block(PemBlock& block,
                                const std::optional<Secret>& passphrase,
                                int type) {
  if (Result<void> opened = block.decrypt(passphrase); !opened) {
    return fail(opened.error());
  }
  EvpKey key = decode_typed_private(block.data(), type);
  if (key == nullptr && block.decrypted()) {
    // A wrong passphrase gives plausible padding in 1 of 256 cases; the key is then undecodable.
    return fail(Errc::KeyUnusable, "the passphrase does not open the private key");
  }
  return adopt_or(std::move(key), true, "the private key");
}

Result<Native> read_block(PemBlock& block, const std::optional<Secret>& passphrase) {
  const std::string_view name = block.name();
  if (name == PEM_STRING_RSA) {
    return read_typed_block(block, passphrase, EVP_PKEY_RSA);
  }
  if (name == PEM_STRING_ECPRIVATEKEY) {
    return read_typed_block(block, passphrase, EVP_PKEY_EC);
  }
  if (name == PEM_STRING_PKCS8INF) {
    return adopt_or(decode_pkcs8(block.data()), true, "the private key");
  }
  if (name == PEM_STRING_PKCS8) {
    const EncryptedPkcs8 encrypted = decode_encrypted_pkcs8(block.data());
    return encrypted == nullptr ? fail(Errc::KeyUnusable, "the encrypted private key is damaged")
                                : open_pkcs8(*encrypted, passphrase);
  }
  if (name == PEM_STRING_PUBLIC) {
    return adopt_or(decode_spki(block.data()), false, "the public key");
  }
  if (name == PEM_STRING_RSA_PUBLIC) {
    return adopt_or(decode_pkcs1_public(block.data()), false, "the public key");
  }
  if (name.find("CERTIFICATE") != std::string_view::npos) {
    return fail(Errc::KeyUnusable, "a certificate, not a key");
  }
  return fail(Errc::KeyUnusable,
              "a PEM file with '" + std::string(name) + "', which is not a key for firmware");
}

/// Reads the first private key, or with KeyPart::Public the first key of either kind. Files often
/// have a certificate, a public key or the curve before the private key.
Result<Native> read_pem(Bytes file, const std::optional<Secret>& passphrase, KeyPart part) {
  const Bio bio(BIO_new_mem_buf(file.data(), static_cast<int>(file.size())));
  std::optional<Result<Native>> other;
  while (true) {
    PemBlock block;
    if (!block.read(bio.get())) {
      break;
    }
    const std::string_view name = block.name();
    const bool is_private = name.ends_with("PRIVATE KEY");
    const bool is_public = name.ends_with("PUBLIC KEY");
    if (is_private || (is_public && part == KeyPart::Public)) {
      return read_block(block, passphrase);
    }
    if (name != PEM_STRING_ECPARAMETERS && (!other || is_public)) {
      other = read_block(block, passphrase);
    }
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return other && at_end ? *std::move(other) : fail(Errc::KeyUnusable, "the PEM block is damaged");
}

}  // namespace

Result<Native> read_key(Bytes file, const std::optional<Secret>& passphrase, KeyPart part) {
  if (file.empty()) {
    return fail(Errc::KeyUnusable, "an empty file, not a key");
  }
  if (file.size() > kLargestKeyFile) {
    return fail(Errc::KeyUnusable,
                "a file of " + std::to_string(file.size()) + " bytes is too long to be a key");
  }
  constexpr std::string_view kPemBegin = "-----BEGIN ";
  if (as_text(file).find(kPemBegin) != std::string_view::npos) {
    return read_pem(file, passphrase, part);
  }
  return read_der(file, passphrase);
}

}  // namespace otatool::signing
