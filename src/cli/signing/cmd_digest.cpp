#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"
#include "cli/signing/signing_hints.hpp"
#include "cli/signing/signing_keys.hpp"
#include "cli/signing/signing_options.hpp"
#include "files/output_file.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kDigestExamples = {
    Example{"otatool digest firmware.bin", "the digest in hex and the operation of the signer"},
    Example{"otatool digest firmware.bin -o digest.bin", "the 32 bytes for an HSM or a KMS"},
};

constexpr std::array kDigestOptions = {
    Option{.name = "output",
           .letter = 'o',
           .value = "OUT",
           .help = "write the digest to OUT as raw bytes"},
    Option{.name = "pubkey", .letter = 'p', .value = "KEY", .help = "check that this key can sign"},
    kFormatOption,
    kHashOption,
    kFlashModeOption,
    kPassphraseFileOption,
    kForceSigningOption,
};

/// The operation of the signer; with a known key also the length of the salt.
Result<std::string> operation(Invocation& invocation, const app::SigningInput& input) {
  const auto key_path = invocation.value("pubkey");
  if (!key_path) {
    return signing::required_operation(input.form, input.hash);
  }
  const auto key = load_public_key(invocation, *key_path);
  return key ? signing::required_operation(*key, input.form, input.hash)
             : Result<std::string>(fail(key.error()));
}

Result<int> run_digest(Invocation& invocation) {
  Messages& messages = invocation.messages();
  const auto output = invocation.value("output");
  if (output == "-" && messages.json()) {
    return fail(Errc::Usage, "--json and `-o -` cannot be used together");
  }
  TRY(const auto options, signing_options(invocation));
  const auto input = read_signing_input(invocation.arguments().front(), options, messages);
  if (!input) {
    return signing_failure(messages, input.error());
  }
  TRY(const auto needed, operation(invocation, *input));
  const signing::Digest digest = signing::digest_of(input->payload, input->hash);
  if (output) {
    TRY_VOID(files::write_file({.path = *output, .content = digest.bytes()}));
  } else {
    messages.result(to_hex(digest.bytes()));
  }
  messages.note(fmt::format("{} of {} bytes; sign it with: {}",
                            signing::to_string(input->hash),
                            input->payload.size(),
                            needed));
  messages.json_document({{"schema", 1},
                          {"file", input->path},
                          {"form", to_string(input->form)},
                          {"hash", signing::to_string(input->hash)},
                          {"digest", to_hex(digest.bytes())},
                          {"operation", needed},
                          {"payload_bytes", input->payload.size()},
                          {"repacked", input->repacked_from.has_value()}});
  return kSuccess;
}

}  // namespace

const Command kDigestCommand = {
    .name = "digest",
    .summary = "print the digest for an external signer",
    .arguments = "IMAGE",
    .examples = kDigestExamples,
    .options = kDigestOptions,
    .run = run_digest,
    .min_arguments = 1,
    .max_arguments = 1,
};

}  // namespace otatool::cli
