// An image on its way to a signature: what may be signed, and in which form. Where the rooms that
// read images, unpack packages and sign come together, for sign, digest, attach and the drop-in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "otatool/image/recognise.hpp"
#include "otatool/result.hpp"
#include "otatool/signing/signed_image.hpp"

#include "app/examined_file.hpp"
#include "cli/frame/command.hpp"

namespace otatool::cli {

class Invocation;
class Messages;

inline constexpr Option kFormatOption = {
    .name = "format",
    .value = "esp8266|esp8266-legacy|esp32",
    .help = "form of the signature (default: as the image needs it)"};
inline constexpr Option kHashOption = {
    .name = "hash",
    .value = "sha256|sha384|sha512",
    .help = "hash for esp32; the device must be built for the same one (sha256)"};
inline constexpr Option kFlashModeOption = {
    .name = "flash-mode",
    .value = "keep|qio|qout|dio|dout",
    .help = "put this mode into an ESP8266 image first and redo its CRC"};
inline constexpr Option kForceSigningOption = {
    .name = "force",
    .letter = 'f',
    .help = "sign an image that is unknown or unfit; replace a signature that is there"};

struct SigningWishes {
  /// Nothing: esp32 for images of that family, else esp8266.
  std::optional<signing::SignatureForm> form;
  signing::HashAlgorithm hash = signing::HashAlgorithm::Sha256;
  std::optional<image::FlashMode> flash_mode;
  bool accept_unfit = false;  ///< only warn of images that are unknown or that no device can use
  bool replace_signature = false;  ///< take an old signature off
};

/// What the four options above say; those that a command does not have count as not given. Usage
/// for a hash that the form does not know.
[[nodiscard]] Result<SigningWishes> signing_wishes(const Invocation& invocation);

struct SigningInput {
  std::string path;
  std::vector<std::uint8_t> payload;  ///< exactly the bytes that are signed
  image::Examined examined;           ///< of the payload
  signing::SignatureForm form = signing::SignatureForm::Esp8266;
  signing::HashAlgorithm hash = signing::HashAlgorithm::Sha256;
  bool repacked = false;  ///< a package, aligned to a multiple of 4 bytes
  bool signature_replaced = false;
};

/// Reads an image and checks that a signature of it makes sense. AlreadySigned; BrokenPackage for a
/// package with any fault, and NotAnImage, WrongKind and so on for what no device can use; the
/// messages name the file. What was overridden or changed is said through `messages`.
[[nodiscard]] Result<SigningInput> read_signing_input(const std::string& path,
                                                      const SigningWishes& wishes,
                                                      Messages& messages);

/// Where the payload of a signed file ends; nothing when it is not signed. Secure Boot signatures
/// belong to the image: the trailer of an update comes behind them.
[[nodiscard]] std::optional<std::size_t> signed_payload_size(const app::ExaminedFile& file);

/// Which device cores take this payload with a signature of this form (signing-gzip-images.md 1.7).
[[nodiscard]] std::string accepting_cores(const image::Examined& payload,
                                          std::size_t payload_size,
                                          signing::SignatureForm form,
                                          signing::HashAlgorithm hash);

/// Warns when the image carries a public key, and it is not `key`: the update after this one will
/// need another signature. Warns of a private key in the image, too.
void warn_of_embedded_keys(Messages& messages,
                           const SigningInput& input,
                           const signing::PublicKey& key);

/// `IMAGE.signed`, or stdout for stdin.
[[nodiscard]] std::string default_signed_path(const std::string& image);

}  // namespace otatool::cli
