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
#include "files/files.hpp"
#include "files/output_file.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kAttachExamples = {
    Example{"otatool attach firmware.bin --signature sig.bin --pubkey public.key",
            "writes firmware.bin.signed if the signature verifies"},
};

constexpr std::array kAttachOptions = {
    Option{.name = "signature",
           .letter = 's',
           .value = "FILE",
           .help = "the signature as raw bytes, base64 or hex"},
    Option{.name = "pubkey", .letter = 'p', .value = "KEY", .help = "the key that verifies it"},
    Option{
        .name = "output", .letter = 'o', .value = "OUT", .help = "the signed file (IMAGE.signed)"},
    kFormatOption,
    kHashOption,
    kFlashModeOption,
    kPassphraseFileOption,
    kForceSigningOption,
};

/// The trailer for a signature that verifies; errors name the file of the signature.
Result<signing::Trailer> verified_trailer(const app::SigningInput& input,
                                          const std::string& signature_path,
                                          const signing::PublicKey& key) {
  TRY(const auto content, files::read_file(signature_path, files::kLargestText));
  const auto signature = signing::read_signature(content, key);
  if (!signature) {
    return fail(signature.error().with_context(signature_path));
  }
  auto trailer = signing::attach(input.payload, *signature, key, input.form, input.hash);
  if (!trailer) {
    return fail(trailer.error().with_context(signature_path));
  }
  return trailer;
}

void report(Messages& messages,
            const app::SigningInput& input,
            const std::string& output,
            const signing::PublicKey& key) {
  const std::string cores =
      app::accepting_cores(input.examined, input.payload.size(), input.form, input.hash);
  const auto say = [&](const std::string& line) {
    output == "-" ? messages.note(line) : messages.result(line);
  };
  say(fmt::format(
      "{}: {} bytes signed for {}", output, input.payload.size(), to_string(input.form)));
  say(fmt::format("  accepted by: {}", cores));
  say(fmt::format("key: {}, fingerprint {}", key.name(), fingerprint_of(key)));
  messages.json_document({{"schema", 1},
                          {"file", input.path},
                          {"output", output},
                          {"form", to_string(input.form)},
                          {"payload_bytes", input.payload.size()},
                          {"repacked", input.repacked_from.has_value()},
                          {"accepted_by", cores},
                          {"key", {{"name", key.name()}, {"fingerprint", fingerprint_of(key)}}}});
}

Result<int> run_attach(Invocation& invocation) {
  Messages& messages = invocation.messages();
  const std::string& path = invocation.arguments().front();
  const std::string output = invocation.value("output").value_or(default_signed_path(path));
  if (output == "-" && messages.json()) {
    return fail(Errc::Usage, "--json and `-o -` cannot be used together");
  }
  const auto options = signing_options(invocation);
  const auto signature_path = required_path(invocation, "signature");
  const auto key_path = required_path(invocation, "pubkey");
  if (!options || !signature_path || !key_path) {
    return fail(!options ? options.error()
                         : (!signature_path ? signature_path.error() : key_path.error()));
  }
  TRY(const auto key, load_public_key(invocation, *key_path));
  const auto input = read_signing_input(path, *options, messages);
  if (!input) {
    return signing_failure(messages, input.error());
  }
  if (const auto usable = app::check_addition(*input, key); !usable) {
    return signing_failure(messages, usable.error().with_context(path));
  }
  const auto trailer = verified_trailer(*input, *signature_path, key);
  if (!trailer) {
    return signing_failure(messages, trailer.error());
  }
  warn_of_carried_keys(messages, *input, key);
  const auto content = app::with_trailer(*input, *trailer);
  TRY_VOID(files::write_file({.path = output, .content = content}));
  report(messages, *input, output, key);
  return kSuccess;
}

}  // namespace

const Command kAttachCommand = {
    .name = "attach",
    .summary = "append the signature of an external signer",
    .arguments = "IMAGE --signature SIG --pubkey KEY",
    .examples = kAttachExamples,
    .options = kAttachOptions,
    .run = run_attach,
    .min_arguments = 1,
    .max_arguments = 1,
};

}  // namespace otatool::cli
