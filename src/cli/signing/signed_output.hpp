// Writes an image with its trailer, and optionally its legacy form and its attestation: all files
// or none.
#pragma once

#include <optional>
#include <string>

#include "otatool/result.hpp"
#include "otatool/signing/key.hpp"

#include "app/release/signed_release.hpp"

namespace otatool::cli {

struct SignedOutput {
  std::string path;                        ///< `-` is stdout
  std::optional<std::string> legacy_path;  ///< also write the form for ESP8266 cores 2.5.0 to 2.5.2
  /// Also write a DSSE envelope with the attestation of the files.
  std::optional<std::string> attestation_path = std::nullopt;
};

/// Signs `input` in its form and writes it. Errors of app::signed_bytes and files::write_files;
/// Usage for a legacy form beside another form than Esp8266, and for an attestation of that form
/// alone.
[[nodiscard]] Result<void> write_signed(const app::SigningInput& input,
                                        const signing::Signer& signer,
                                        const SignedOutput& output);

}  // namespace otatool::cli
