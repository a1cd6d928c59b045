// Loads the key files of commands, with a passphrase from the usual sources if needed. Errors name
// the file.
#pragma once

#include <memory>
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

/// A private key in a file or, by a PKCS#11 URI, in a token, whose PIN is its passphrase. Warns of
/// a key that is shorter than recommended.
[[nodiscard]] Result<std::unique_ptr<signing::Signer>> load_signing_key(Invocation& invocation,
                                                                        const std::string& path);

/// The same for a file only.
[[nodiscard]] Result<signing::PrivateKey> load_private_key(Invocation& invocation,
                                                           const std::string& path);

/// A file or a PKCS#11 URI. Accepts a private key, too, and keeps its public half. Warns of a
/// published key.
[[nodiscard]] Result<signing::PublicKey> load_public_key(Invocation& invocation,
                                                         const std::string& path);

/// The path in option `name`; Usage if the option is missing.
[[nodiscard]] Result<std::string> required_path(const Invocation& invocation,
                                                std::string_view name);

/// In lower-case hex.
[[nodiscard]] std::string fingerprint_of(const signing::PublicKey& key);

void warn_of_short_key(Messages& messages, const signing::PublicKey& key);

}  // namespace otatool::cli
