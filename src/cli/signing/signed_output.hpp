// Signed files on the disk: an image with its trailer, and the legacy form of it, both or neither.
#pragma once

#include <optional>
#include <string>

#include "otatool/result.hpp"
#include "otatool/signing/key.hpp"

#include "cli/signing/signing_input.hpp"

namespace otatool::cli {

struct SignedOutput {
  std::string path;                        ///< `-` is stdout
  std::optional<std::string> legacy_path;  ///< the form for ESP8266 cores 2.5.0 to 2.5.2 as well
};

/// Signs `input` in its form and writes it. Errors of signing::check_key and of write_files; Usage
/// or WrongKind for a legacy form that no device could use. Those about the image name it.
[[nodiscard]] Result<void> write_signed(const SigningInput& input,
                                        const signing::PrivateKey& key,
                                        const SignedOutput& output);

}  // namespace otatool::cli
