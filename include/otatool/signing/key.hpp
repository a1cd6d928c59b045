// Keys that sign firmware and keys that verify it: RSA of 1024 to 4096 bits, EC P-256 and P-384.
// Bytes in, values out: no files, no prompts, no OpenSSL types.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"
#include "otatool/secret.hpp"
#include "otatool/signature_form.hpp"

namespace otatool::signing {

struct Digest;
struct NativeKey;

enum class KeyKind { Rsa, EcP256, EcP384 };

/// SHA-256 of the SubjectPublicKeyInfo in DER: the same for every file form of one key.
using Fingerprint = std::array<std::uint8_t, 32>;

constexpr unsigned kMinRsaBits = 1024;
constexpr unsigned kMaxRsaBits = 4096;
/// Smaller keys cause a warning. Also the default of key generation.
constexpr unsigned kRecommendedRsaBits = 2048;

class PublicKey {
 public:
  /// Reads a key file: PEM (the first key in it; text around it is ignored) or DER, as
  /// SubjectPublicKeyInfo, PKCS#1, PKCS#8, SEC 1 or PKCS#12. A private key is reduced to its public
  /// half.
  /// KeyUnusable: no key in it (a certificate, other data, a damaged key); KeyWrongKind: a key that
  /// cannot sign firmware; PassphraseNeeded: a protected private key without a passphrase.
  [[nodiscard]] static Result<PublicKey> load(
      Bytes file, const std::optional<Secret>& passphrase = std::nullopt);

  [[nodiscard]] KeyKind kind() const;
  [[nodiscard]] bool is_rsa() const { return kind() == KeyKind::Rsa; }
  /// Bits of the modulus, or of the curve.
  [[nodiscard]] unsigned bits() const;
  /// `RSA-2048`, `EC P-256`.
  [[nodiscard]] std::string name() const;
  /// Bytes of a signature: the modulus length of RSA, the longest DER form of ECDSA.
  [[nodiscard]] std::size_t signature_size() const;
  [[nodiscard]] Fingerprint fingerprint() const;
  /// Whether this is the key of the Arduino core's httpUpdateSigned example, whose private half is
  /// public (signing-gzip-images.md 1.4).
  [[nodiscard]] bool is_published_example() const;

  /// SubjectPublicKeyInfo as PEM, label PUBLIC KEY.
  [[nodiscard]] std::string pem() const;
  /// SubjectPublicKeyInfo as DER.
  [[nodiscard]] std::vector<std::uint8_t> der() const;

  explicit PublicKey(std::shared_ptr<const NativeKey> native) : native_(std::move(native)) {}
  [[nodiscard]] const NativeKey& native() const { return *native_; }

 private:
  std::shared_ptr<const NativeKey> native_;
};

/// What makes signatures: a private key in memory, or a program or a token that has one.
class Signer {
 public:
  virtual ~Signer() = default;

  [[nodiscard]] virtual const PublicKey& public_half() const = 0;
  /// Signs a digest in the scheme of `form`: an RSA integer in big-endian order with the length of
  /// the modulus, or ECDSA in a form of read_signature. The caller verifies it.
  [[nodiscard]] virtual Result<std::vector<std::uint8_t>> raw_signature(
      const Digest& digest, SignatureForm form) const = 0;
  /// Whether several threads may call raw_signature at the same time.
  [[nodiscard]] virtual bool is_shareable() const { return false; }

 protected:
  Signer() = default;
  Signer(const Signer&) = default;
  Signer(Signer&&) = default;
  Signer& operator=(const Signer&) = default;
  Signer& operator=(Signer&&) = default;
};

class PrivateKey final : public Signer {
 public:
  /// Reads a private key: PEM or DER, PKCS#1, PKCS#8 or SEC 1, or PKCS#12, plain or protected.
  /// Errors as PublicKey::load; also KeyWrongKind for a public key and KeyUnusable for a wrong
  /// passphrase.
  [[nodiscard]] static Result<PrivateKey> load(
      Bytes file, const std::optional<Secret>& passphrase = std::nullopt);

  /// A new RSA key with public exponent 65537. KeyWrongKind unless `bits` is a multiple of 8 within
  /// kMinRsaBits and kMaxRsaBits.
  [[nodiscard]] static Result<PrivateKey> generate(unsigned bits);

  [[nodiscard]] const PublicKey& public_half() const override { return public_half_; }
  /// KeyUnusable if the two halves of the key do not match.
  [[nodiscard]] Result<std::vector<std::uint8_t>> raw_signature(const Digest& digest,
                                                                SignatureForm form) const override;
  [[nodiscard]] bool is_shareable() const override { return true; }

  /// PKCS#8 as PEM; with a passphrase encrypted with AES-256-CBC under PBKDF2-HMAC-SHA256.
  [[nodiscard]] Secret pem(const std::optional<Secret>& passphrase = std::nullopt) const;

  explicit PrivateKey(std::shared_ptr<const NativeKey> native) : public_half_(std::move(native)) {}
  [[nodiscard]] const NativeKey& native() const { return public_half_.native(); }

 private:
  PublicKey public_half_;  // holds the whole pair; its functions read only the public numbers
};

}  // namespace otatool::signing
