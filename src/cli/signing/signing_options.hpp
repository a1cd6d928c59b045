// The options that choose how an image is signed, for sign, digest and attach; and the image that
// they apply to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/result.hpp"

#include "app/release/signed_release.hpp"
#include "cli/frame/command.hpp"

namespace otatool::cli {

class Invocation;
class Messages;
class OptionReader;

inline constexpr Option kFormatOption = {
    .name = "format",
    .value = "esp8266|esp8266-legacy|esp32|secure-boot-v2",
    .help = "form of the signature (default: by the chip of the image)"};
inline constexpr Option kHashOption = {
    .name = "hash",
    .value = "sha256|sha384|sha512",
    .help = "hash for esp32; the device must be built for the same one (sha256)"};
inline constexpr Option kFlashModeOption = {
    .name = "flash-mode",
    .value = "keep|qio|qout|dio|dout",
    .help = "first write this mode into an ESP8266 image and correct its CRC"};
inline constexpr Option kForceSigningOption = {
    .name = "force",
    .letter = 'f',
    .help = "sign an unknown or unfit image; replace an existing signature"};

/// The values of the four options above; an option that the command does not have counts as not
/// given. Usage for an unknown value.
[[nodiscard]] Result<app::SigningOptions> signing_options(Invocation& invocation);

/// The value of kFlashModeOption; nothing to keep the mode.
[[nodiscard]] std::optional<image::FlashMode> read_flash_mode(OptionReader& read);

/// The form that `option` names, one of those of kFormatOption; nothing if it is not set.
[[nodiscard]] std::optional<SignatureForm> read_signature_form(OptionReader& read,
                                                               std::string_view option);

/// Reads an image, prepares it for signing and prints what was changed or overridden. Errors of
/// app::examine_file and app::prepare_signing.
[[nodiscard]] Result<app::SigningInput> read_signing_input(const std::string& path,
                                                           const app::SigningOptions& options,
                                                           Messages& messages);

/// Prints what app::prepare_signing changed or overrode.
void report_preparation(Messages& messages,
                        const app::SigningInput& input,
                        std::size_t payload_size);

/// Prints the warning for each of app::surprising_keys.
void warn_of_keys(Messages& messages,
                  const std::string& path,
                  const std::vector<app::CarriedKey>& keys);

/// Warns of each private key in the image, and of a public key in it other than `key`: the update
/// after this one must then be signed with that key.
void warn_of_carried_keys(Messages& messages,
                          const app::SigningInput& input,
                          const signing::PublicKey& key);

/// `IMAGE.signed`, or stdout for stdin.
[[nodiscard]] std::string default_signed_path(const std::string& image);

}  // namespace otatool::cli
