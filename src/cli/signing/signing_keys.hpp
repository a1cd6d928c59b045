// Key files as commands get them: read, opened with a passphrase from the usual sources if they
// want one, and named in every error.
#pragma once

#include <string>

#include "otatool/result.hpp"
#include "otatool/signing/key.hpp"

#include "cli/frame/command.hpp"

namespace otatool::cli {

class Invocation;
class Messages;

inline constexpr Option kPassphraseFileOption = {
    .name = "passphrase-file",
    .value = "FILE",
    .help = "read the passphrase of the key from the first line of FILE (-: stdin)"};

/// Warns of a key that is shorter than recommended.
[[nodiscard]] Result<signing::PrivateKey> load_private_key(Invocation& invocation,
                                                           const std::string& path);

/// Takes a private key too and keeps its public half. Warns of a key that everybody has.
[[nodiscard]] Result<signing::PublicKey> load_public_key(Invocation& invocation,
                                                         const std::string& path);

/// The key that option `name` names; Usage when it is not given.
[[nodiscard]] Result<std::string> required_path(const Invocation& invocation,
                                                std::string_view name);

/// Lower-case hex, as everywhere.
[[nodiscard]] std::string fingerprint_of(const signing::PublicKey& key);

void warn_of_short_key(Messages& messages, const signing::PublicKey& key);

}  // namespace otatool::cli
