// Reads passwords and passphrases from their sources, in the order of cli.md. They are never
// printed, and their memory is overwritten on destruction.
#pragma once

#include <optional>
#include <string>

#include "otatool/esphome/encryption_key.hpp"
#include "otatool/result.hpp"
#include "otatool/secret.hpp"

#include "cli/frame/invocation.hpp"

namespace otatool::cli {

/// The password of --password-file, OTATOOL_PASSWORD or --password, which gives a warning; nothing
/// if none is given. The precedence of the sources is that of all options. Fails with
/// FileUnreadable or Usage.
[[nodiscard]] Result<std::optional<Secret>> given_password(Invocation& invocation);

/// The passphrase of a private key: --passphrase-file or OTATOOL_KEY_PASSPHRASE.
[[nodiscard]] Result<std::optional<Secret>> given_passphrase(Invocation& invocation);

/// Prompts for "password of `of_what`" without echo. Fails with PasswordNeeded without a terminal,
/// and with Interrupted after Ctrl-C.
[[nodiscard]] Result<Secret> ask_password(const std::string& of_what);
/// The same for a passphrase; PassphraseNeeded without a terminal.
[[nodiscard]] Result<Secret> ask_passphrase(const std::string& of_what);
/// Prompts twice for a new passphrase. An empty one and two different ones are Usage errors.
[[nodiscard]] Result<Secret> ask_new_passphrase(const std::string& of_what);

/// The passphrase of an encrypted key: given_passphrase, else ask_passphrase.
[[nodiscard]] Result<Secret> passphrase(Invocation& invocation, const std::string& of_what);
/// A passphrase for a new key: given_passphrase, else ask_new_passphrase.
[[nodiscard]] Result<Secret> new_passphrase(Invocation& invocation, const std::string& of_what);

/// The first line of a file without its line end; `-` reads one line of stdin and leaves the rest.
/// Fails with FileUnreadable, also for an empty line and for one with a NUL.
[[nodiscard]] Result<Secret> read_secret_file(const std::string& path);

/// The key of an ESPHome device: base64 in the first line of a file. As read_secret_file, and
/// KeyUnusable if it is not that of 32 bytes.
[[nodiscard]] Result<esphome::EncryptionKey> read_encryption_key(const std::string& path);

}  // namespace otatool::cli
