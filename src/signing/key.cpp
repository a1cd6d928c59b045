#include "otatool/signing/key.hpp"

#include <algorithm>
#include <new>
#include <string_view>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "signing/native_key.hpp"
#include "signing/signature.hpp"

namespace otatool::signing {
namespace {

/// The number of rounds that is recommended for passwords; takes a fraction of a second.
constexpr int kPassphraseRounds = 600'000;

/// SHA-256 of the SPKI of libraries/ESP8266httpUpdate/examples/httpUpdateSigned/public.key.
constexpr std::string_view kPublishedExample =
    "e7943f0688e637dd9f36442bc0ed7fc4aaeedbce639d3fede907adb719dfe39c";

using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freed<PKCS8_PRIV_KEY_INFO_free>>;
using EncryptedPkcs8 = std::unique_ptr<X509_SIG, Freed<X509_SIG_free>>;

/// `pointer`; throws if it is null, which OpenSSL returns here only without memory.
template <typename T>
T* checked(T* pointer) {
  if (pointer == nullptr) {
    throw std::bad_alloc();
  }
  return pointer;
}

std::string contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

EncryptedPkcs8 encrypt(PKCS8_PRIV_KEY_INFO* plain, const Secret& passphrase) {
  X509_ALGOR* algorithm = checked(PKCS5_pbe2_set_iv(
      EVP_aes_256_cbc(), kPassphraseRounds, nullptr, 0, nullptr, NID_hmacWithSHA256));
  const std::string_view text = passphrase.reveal();
  EncryptedPkcs8 encrypted(
      PKCS8_set0_pbe(text.data(), static_cast<int>(text.size()), plain, algorithm));
  if (encrypted == nullptr) {
    X509_ALGOR_free(algorithm);
    throw std::bad_alloc();
  }
  return encrypted;
}

}  // namespace

Result<PublicKey> PublicKey::load(Bytes file, const std::optional<Secret>& passphrase) {
  return read_key(file, passphrase, KeyPart::Public).map([](auto native) {
    return PublicKey(std::move(native));
  });
}

KeyKind PublicKey::kind() const {
  return native_->kind;
}

unsigned PublicKey::bits() const {
  return native_->bits;
}

std::string PublicKey::name() const {
  return (is_rsa() ? "RSA-" : "EC P-") + std::to_string(bits());
}

std::size_t PublicKey::signature_size() const {
  return static_cast<std::size_t>(EVP_PKEY_get_size(native_->get()));
}

Fingerprint PublicKey::fingerprint() const {
  Fingerprint fingerprint{};
  const std::vector<std::uint8_t> spki = der();
  unsigned size = 0;
  if (EVP_Digest(spki.data(), spki.size(), fingerprint.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::bad_alloc();
  }
  return fingerprint;
}

bool PublicKey::is_published_example() const {
  return to_hex(fingerprint()) == kPublishedExample;
}

std::string PublicKey::pem() const {
  const Bio bio(checked(BIO_new(BIO_s_mem())));
  if (PEM_write_bio_PUBKEY(bio.get(), native_->get()) != 1) {
    throw std::bad_alloc();
  }
  return contents(bio.get());
}

std::vector<std::uint8_t> PublicKey::der() const {
  unsigned char* encoded = nullptr;
  const int size = i2d_PUBKEY(native_->get(), &encoded);
  if (size <= 0) {
    throw std::bad_alloc();
  }
  std::vector<std::uint8_t> der(encoded, encoded + size);
  OPENSSL_free(encoded);
  return der;
}

Result<PrivateKey> PrivateKey::load(Bytes file, const std::optional<Secret>& passphrase) {
  TRY(auto native, read_key(file, passphrase, KeyPart::Private));
  if (!(native)->has_private) {
    return fail(Errc::KeyWrongKind, "a public key, but signing needs the private key");
  }
  return PrivateKey(std::move(native));
}

Result<std::vector<std::uint8_t>> PrivateKey::raw_signature(const Digest& digest,
                                                            SignatureForm form) const {
  auto signature = make_signature(digest, native(), form);
  if (!signature || !check_signature(digest, *signature, native(), form)) {
    return fail(
        Errc::KeyUnusable,
        "the private key does not belong to its public half: the signature does not verify");
  }
  return *std::move(signature);
}

Result<PrivateKey> PrivateKey::generate(unsigned bits) {
  if (bits < kMinRsaBits || bits > kMaxRsaBits || bits % 8 != 0) {
    return fail(Errc::KeyWrongKind,
                "an RSA key of " + std::to_string(bits) +
                    " bits: devices accept 1024 to 4096 bits in whole bytes");
  }
  EvpKey handle(EVP_RSA_gen(bits));
  if (handle == nullptr) {
    ERR_clear_error();
    return fail(Errc::Internal, "the random source failed");
  }
  return adopt(std::move(handle), true).map([](auto native) {
    return PrivateKey(std::move(native));
  });
}

Secret PrivateKey::pem(const std::optional<Secret>& passphrase) const {
  const Pkcs8 plain(checked(EVP_PKEY2PKCS8(native().get())));
  const Bio bio(checked(BIO_new(BIO_s_secmem())));
  int written = 0;
  if (passphrase) {
    const EncryptedPkcs8 encrypted = encrypt(plain.get(), *passphrase);
    written = PEM_write_bio_PKCS8(bio.get(), encrypted.get());
  } else {
    written = PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio.get(), plain.get());
  }
  if (written != 1) {
    throw std::bad_alloc();
  }
  return Secret(contents(bio.get()));
}

}  // namespace otatool::signing
