// Passwords and passphrases, from the sources that cli.md names and in its order. They are never
// printed, and their memory is overwritten when their owner goes.
#pragma once

#include <optional>
#include <string>

#include "otatool/result.hpp"
#include "otatool/secret.hpp"

#include "cli/frame/invocation.hpp"

namespace otatool::cli {

/// The password that was given without a question: --password-file, OTATOOL_PASSWORD or --password,
/// which is warned about. As with all options, the command line beats the environment and that the
/// configuration. Nothing if none was given; FileUnreadable or Usage if the source is no good.
[[nodiscard]] Result<std::optional<Secret>> given_password(Invocation& invocation);

/// The passphrase of a private key: --passphrase-file or OTATOOL_KEY_PASSPHRASE.
[[nodiscard]] Result<std::optional<Secret>> given_passphrase(Invocation& invocation);

/// Asks at the terminal, without echo; `of_what` completes "password of ". PasswordNeeded when
/// there is no terminal to ask at, Interrupted after Ctrl-C.
[[nodiscard]] Result<Secret> ask_password(const std::string& of_what);
/// The same for a passphrase; PassphraseNeeded when there is no terminal.
[[nodiscard]] Result<Secret> ask_passphrase(const std::string& of_what);
/// A passphrase to be set: asked for twice, refused with Usage when empty or not the same.
[[nodiscard]] Result<Secret> ask_new_passphrase(const std::string& of_what);

/// A passphrase that must be there: given_passphrase, else ask_passphrase.
[[nodiscard]] Result<Secret> passphrase(Invocation& invocation, const std::string& of_what);
/// A passphrase for a new key: given_passphrase, else ask_new_passphrase.
[[nodiscard]] Result<Secret> new_passphrase(Invocation& invocation, const std::string& of_what);

/// The first line of a file, without its end; `-` takes one line of stdin and leaves the rest.
/// FileUnreadable when it cannot be read, is empty or holds a NUL.
[[nodiscard]] Result<Secret> read_secret_file(const std::string& path);

}  // namespace otatool::cli
