// Signing an image: which images may be signed and in which form, the bytes that are signed, and
// the signed file. Combines the rooms that read images, unpack packages and sign. No files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "otatool/image/flash_patch.hpp"
#include "otatool/image/upload_check.hpp"
#include "otatool/result.hpp"
#include "otatool/signing/signed_image.hpp"

#include "app/examined_file.hpp"

namespace otatool::app {

/// The checks that a user may override for signing. A broken package is not among them: it bricks
/// every device that accepts it.
[[nodiscard]] std::set<image::UploadCheck> overridable_checks();

struct SigningOptions {
  /// Default: Esp32 for images of that family, otherwise Esp8266.
  std::optional<SignatureForm> form = {};
  signing::HashAlgorithm hash = signing::HashAlgorithm::Sha256;
  std::optional<image::FlashMode> flash_mode =
      {};  ///< written into an ESP8266 image before signing
  std::set<image::UploadCheck> overridden = {};
  bool replace_signature = false;  ///< remove an existing signature instead of failing
  /// Appended to a filesystem in the Esp8266 form (signing-gzip-images.md 1.10).
  std::optional<std::uint32_t> filesystem_version = {};
};

/// A public or private key in the image, in the clear.
struct CarriedKey {
  std::uint64_t offset = 0;  ///< in the image
  /// Of the public key; nothing for a private key.
  std::optional<signing::Fingerprint> fingerprint;
};

/// An image that is ready to be signed.
struct SigningInput {
  std::string path;
  std::vector<std::uint8_t> payload;  ///< exactly the bytes that are signed
  image::Examined examined;           ///< of the payload
  SignatureForm form = SignatureForm::Esp8266;
  signing::HashAlgorithm hash = signing::HashAlgorithm::Sha256;
  std::optional<std::size_t> repacked_from;  ///< size of a package before it was aligned to 4 bytes
  std::size_t padding = 0;                   ///< bytes of FF that were appended to the image
  bool signature_replaced = false;
  /// Blocks of Secure Boot v2 that stay before the new one.
  std::vector<std::uint8_t> earlier_blocks = {};
  std::optional<Error> overridden_problem;  ///< the first problem that SigningOptions overrode
};

/// Checks that a signature of the file makes sense and prepares its bytes: removes an old
/// signature, sets the flash mode, repacks a package whose length is not a multiple of 4
/// (signing-gzip-images.md 1.7), and pads an image whose SHA-384 or SHA-512 an ESP32 computes
/// wrongly (4.1). SecureBootV2 pads with FF to whole sectors, keeps up to two blocks that verify,
/// and accepts boot loaders. AlreadySigned, also for a Secure Boot signature in other forms and for
/// three blocks; SignatureInvalid for an earlier block that does not verify; BrokenPackage for a
/// package with any fault; NotAnImage, WrongKind and so on for an image that no device can use.
/// Messages name the file.
[[nodiscard]] Result<SigningInput> prepare_signing(ExaminedFile file,
                                                   const SigningOptions& options);

/// AlreadySigned if one of the earlier blocks has this key.
[[nodiscard]] Result<void> check_addition(const SigningInput& input, const signing::PublicKey& key);

/// The payload followed by its signature in `form`. Errors of signing::sign and check_addition,
/// naming the file; WrongKind for a package in the legacy form, whose cores do not unpack packages.
[[nodiscard]] Result<std::vector<std::uint8_t>> signed_bytes(const SigningInput& input,
                                                             const signing::Signer& signer,
                                                             SignatureForm form);

/// The payload followed by `trailer`; for Secure Boot v2 by its signature sector, in which
/// `trailer` is the last block.
[[nodiscard]] std::vector<std::uint8_t> with_trailer(const SigningInput& input,
                                                     const signing::Trailer& trailer);

/// Where the payload of a signed file ends; nothing if the file is not signed. Secure Boot
/// signatures belong to the image: the trailer of an update follows them.
[[nodiscard]] std::optional<std::size_t> signed_payload_size(const ExaminedFile& file);

/// The size of a signed file without its signature, also for Secure Boot signatures; nothing if the
/// file is not signed.
[[nodiscard]] std::optional<std::size_t> unsigned_size(const ExaminedFile& file);

/// The cores that accept this payload with a signature of this form (signing-gzip-images.md 1.7).
[[nodiscard]] std::string accepting_cores(const image::Examined& payload,
                                          std::size_t payload_size,
                                          SignatureForm form,
                                          signing::HashAlgorithm hash);

/// The keys in an image that its user should know of when it is signed with `key`: each private
/// key, and the public key with which the next update must be signed if that is not `key`.
[[nodiscard]] std::vector<CarriedKey> surprising_keys(const image::Examined& examined,
                                                      const signing::PublicKey& key);

}  // namespace otatool::app
