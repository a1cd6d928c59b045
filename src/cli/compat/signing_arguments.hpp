// The command line of signing.py (signing-gzip-images.md 1.4), parsed like argparse: unique
// prefixes of long options, `--out=X` and `-oX`.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "otatool/result.hpp"

namespace otatool::cli {

enum class SigningMode { Help, Header, Sign };

struct SigningArguments {
  SigningMode mode = SigningMode::Help;
  std::string public_key;
  std::string private_key;
  std::string bin;
  std::string out;
  std::optional<std::string> legacy;
  bool allow_missing = false;  ///< an extension, for hooks that run for every sketch
};

/// Usage for a missing mode, for a missing option of the mode, and where argparse fails.
[[nodiscard]] Result<SigningArguments> parse_signing_arguments(
    std::span<const std::string> arguments);

}  // namespace otatool::cli
