#include "cli/frame/secrets.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/frame/secret_variable.hpp"
#include "cli/io/messages.hpp"
#include "cli/io/prompt.hpp"
#include "cli/io/terminal.hpp"
#include "files/descriptor.hpp"
#include "files/standard_streams.hpp"

namespace otatool::cli {
namespace {

constexpr std::size_t kLongestSecret = 4096;

/// In UTF-8; some editors write it before the first line.
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct Sources {
  const char* file_option;
  const char* text_option;  ///< nullptr: there is none
  std::optional<Secret> (*from_variable)();
};

std::optional<Secret> password_of_variable() {
  return take_variable("OTATOOL_PASSWORD");
}

/// Several keys of one command may need the same passphrase.
std::optional<Secret> passphrase_of_variable() {
  static std::optional<Secret> taken;
  if (auto secret = take_variable("OTATOOL_KEY_PASSPHRASE")) {
    taken = std::move(secret);
  }
  return taken;
}

constexpr Sources kPasswordSources = {"password-file", "password", password_of_variable};
constexpr Sources kPassphraseSources = {"passphrase-file", nullptr, passphrase_of_variable};

bool has_origin(const Invocation& invocation, const char* option, Origin origin) {
  return option != nullptr && invocation.origin(option) == origin;
}

Result<std::optional<Secret>> from_file(const Invocation& invocation, const Sources& sources) {
  auto secret = read_secret_file(invocation.value(sources.file_option).value_or(""));
  return secret.map([](Secret& read) { return std::optional<Secret>(std::move(read)); });
}

Result<std::optional<Secret>> given(Invocation& invocation, const Sources& sources) {
  const bool file_typed = has_origin(invocation, sources.file_option, Origin::CommandLine);
  if (has_origin(invocation, sources.text_option, Origin::CommandLine)) {
    auto text = invocation.take_secret(sources.text_option);
    if (file_typed) {
      return fail(Errc::Usage, "--password and --password-file exclude each other");
    }
    invocation.messages().warning(
        "a password on the command line is visible in the process list; use --password-file or "
        "OTATOOL_PASSWORD instead");
    return text;
  }
  if (!file_typed && !has_origin(invocation, sources.file_option, Origin::Environment)) {
    if (auto secret = sources.from_variable()) {
      return secret;
    }
  }
  if (invocation.flag(sources.file_option)) {
    return from_file(invocation, sources);
  }
  return std::nullopt;
}

/// Reads one line byte by byte, so that the rest of stdin stays for the caller.
Result<Secret> read_line(int descriptor, const std::string& name) {
  std::string line;
  line.reserve(kLongestSecret + 1);
  while (line.size() <= kLongestSecret) {
    char next = 0;
    const ssize_t count = read(descriptor, &next, 1);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      Secret::cleanse(line);
      return fail(Errc::FileUnreadable,
                  fmt::format("cannot read {}: {}", name, files::system_message(errno)));
    }
    if (count == 0 || next == '\n') {
      break;
    }
    line.push_back(next);
    if (line == kByteOrderMark) {
      line.clear();
    }
  }
  if (line.ends_with('\r')) {
    line.pop_back();
  }
  const bool too_long = line.size() > kLongestSecret;
  const bool broken = line.find('\0') != std::string::npos;
  Secret secret(std::move(line));
  if (too_long || broken) {
    return fail(Errc::FileUnreadable,
                fmt::format("{} holds no password: its first line {}",
                            name,
                            too_long ? "is too long" : "is not text"));
  }
  if (secret.empty()) {
    return fail(Errc::FileUnreadable,
                fmt::format("{} holds no password: its first line is empty", name));
  }
  return secret;
}

}  // namespace

Result<Secret> read_secret_file(const std::string& path) {
  if (path == "-") {
    return read_line(STDIN_FILENO, "stdin");
  }
  const files::Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.valid()) {
    return fail(Errc::FileUnreadable,
                fmt::format("cannot open '{}': {}", path, files::system_message(errno)));
  }
  return read_line(file.number(), "'" + path + "'");
}

Result<std::optional<Secret>> given_password(Invocation& invocation) {
  return given(invocation, kPasswordSources);
}

Result<std::optional<Secret>> given_passphrase(Invocation& invocation) {
  return given(invocation, kPassphraseSources);
}

Result<Secret> ask_password(const std::string& of_what) {
  if (!may_prompt()) {
    return fail(Errc::PasswordNeeded, fmt::format("{} needs a password", of_what));
  }
  return prompt_secret(fmt::format("password of {}: ", of_what));
}

Result<Secret> ask_passphrase(const std::string& of_what) {
  if (!may_prompt()) {
    return fail(Errc::PassphraseNeeded, fmt::format("{} needs a passphrase", of_what));
  }
  return prompt_secret(fmt::format("passphrase of {}: ", of_what));
}

Result<Secret> ask_new_passphrase(const std::string& of_what) {
  auto first = ask_passphrase(of_what);
  if (!first) {
    return first;
  }
  if (first->empty()) {
    return fail(Errc::Usage, "the passphrase is empty");
  }
  auto second = prompt_secret("the same passphrase again: ");
  if (second && !same_secret(second->reveal(), first->reveal())) {
    return fail(Errc::Usage, "the two passphrases differ");
  }
  return second;
}

Result<Secret> passphrase(Invocation& invocation, const std::string& of_what) {
  TRY(auto given, given_passphrase(invocation));
  return given ? Result<Secret>(std::move(*given)) : ask_passphrase(of_what);
}

Result<Secret> new_passphrase(Invocation& invocation, const std::string& of_what) {
  TRY(auto given, given_passphrase(invocation));
  return given ? Result<Secret>(std::move(*given)) : ask_new_passphrase(of_what);
}

Result<esphome::EncryptionKey> read_encryption_key(const std::string& path) {
  TRY(const Secret text, read_secret_file(path));
  auto key = esphome::EncryptionKey::parse(text.reveal());
  return key ? std::move(key) : fail(key.error().with_context(path));
}

}  // namespace otatool::cli
