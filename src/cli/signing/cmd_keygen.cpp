#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/frame/secrets.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"
#include "cli/signing/signing_keys.hpp"
#include "files/output_file.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kKeygenExamples = {
    Example{"otatool keygen", "writes private.key and public.key"},
    Example{"otatool keygen -o release.key --pubkey release.pub --encrypt",
            "asks for a passphrase unless OTATOOL_KEY_PASSPHRASE is set"},
};

constexpr std::array kKeygenOptions = {
    Option{
        .name = "output", .letter = 'o', .value = "OUT", .help = "the private key (private.key)"},
    Option{.name = "pubkey",
           .letter = 'p',
           .value = "FILE",
           .help = "the public key (public.key if -o is not given)"},
    Option{.name = "bits", .letter = 'b', .value = "N", .help = "1024 to 4096 (2048)"},
    Option{.name = "encrypt", .help = "protect the private key by a passphrase"},
    kPassphraseFileOption,
    Option{.name = "force", .letter = 'f', .help = "overwrite existing files"},
};

struct KeyFiles {
  std::string private_key;
  std::optional<std::string> public_key;
};

KeyFiles key_files(const Invocation& invocation) {
  const auto private_key = invocation.value("output");
  auto public_key = invocation.value("pubkey");
  if (!private_key && !public_key) {
    public_key = "public.key";
  }
  return {private_key.value_or("private.key"), std::move(public_key)};
}

/// Writes both files or neither.
Result<void> write_keys(const KeyFiles& files,
                        const Secret& private_pem,
                        const std::string& public_pem,
                        bool overwrite) {
  std::vector<files::OutputFile> outputs = {{.path = files.private_key,
                                             .content = as_bytes(private_pem.reveal()),
                                             .kind = files::ContentKind::Text,
                                             .mode = files::kPrivateFile,
                                             .overwrite = overwrite}};
  if (files.public_key) {
    outputs.push_back({.path = *files.public_key,
                       .content = as_bytes(public_pem),
                       .kind = files::ContentKind::Text,
                       .overwrite = overwrite});
  }
  return files::write_files(outputs);
}

void report(Messages& messages,
            const KeyFiles& files,
            const signing::PublicKey& key,
            bool encrypted) {
  const bool stdout_taken = files.private_key == "-" || files.public_key == "-";
  const auto say = [&](const std::string& line) {
    stdout_taken ? messages.note(line) : messages.result(line);
  };
  say(fmt::format("{}: {} private key{}",
                  files.private_key,
                  key.name(),
                  encrypted ? ", protected by a passphrase" : ""));
  if (files.public_key) {
    say(fmt::format("{}: its public half", *files.public_key));
  }
  say(fmt::format("fingerprint {}", fingerprint_of(key)));
  messages.json_document(
      {{"schema", 1},
       {"private_key", files.private_key},
       {"public_key", files.public_key ? nlohmann::json(*files.public_key) : nullptr},
       {"bits", key.bits()},
       {"encrypted", encrypted},
       {"fingerprint", fingerprint_of(key)}});
}

/// The passphrase for the new key; nothing without --encrypt.
Result<std::optional<Secret>> wanted_passphrase(Invocation& invocation) {
  if (!invocation.flag("encrypt")) {
    if (invocation.origin("passphrase-file") == Origin::CommandLine) {
      return fail(Errc::Usage, "--passphrase-file needs --encrypt");
    }
    return std::nullopt;
  }
  return new_passphrase(invocation, "the new private key").map([](Secret&& secret) {
    return std::optional(std::move(secret));
  });
}

Result<int> run_keygen(Invocation& invocation) {
  Messages& messages = invocation.messages();
  const KeyFiles files = key_files(invocation);
  if (messages.json() && (files.private_key == "-" || files.public_key == "-")) {
    return fail(Errc::Usage, "--json and a key on stdout cannot be used together");
  }
  TRY(const auto bits, invocation.number("bits", signing::kMinRsaBits, signing::kMaxRsaBits));
  if (bits.value_or(0) % 8 != 0) {
    return fail(Errc::Usage, fmt::format("option '--bits': {} is not a multiple of 8", *bits));
  }
  TRY(const auto secret, wanted_passphrase(invocation));
  TRY(const auto key,
      signing::PrivateKey::generate(
          static_cast<unsigned>(bits.value_or(signing::kRecommendedRsaBits))));
  warn_of_short_key(messages, key.public_half());
  const auto written =
      write_keys(files, key.pem(secret), key.public_half().pem(), invocation.flag("force"));
  if (!written) {
    return fail(written.error());
  }
  report(messages, files, key.public_half(), secret.has_value());
  return kSuccess;
}

}  // namespace

const Command kKeygenCommand = {
    .name = "keygen",
    .summary = "create an RSA key pair for signing",
    .arguments = "",
    .examples = kKeygenExamples,
    .options = kKeygenOptions,
    .run = run_keygen,
    .min_arguments = 0,
    .max_arguments = 0,
};

}  // namespace otatool::cli
