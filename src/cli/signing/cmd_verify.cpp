#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "otatool/signing/signed_image.hpp"

#include "app/examined_file.hpp"
#include "app/release/signed_release.hpp"
#include "app/release/verification.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"
#include "cli/signing/signing_keys.hpp"
#include "cli/signing/signing_options.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kVerifyExamples = {
    Example{"otatool verify firmware.bin.signed --pubkey public.key", "exit code 0 or 8"},
    Example{"otatool verify firmware.bin.signed --pubkey public.key --form esp8266",
            "refuses other forms, for example in CI"},
    Example{"otatool verify firmware.bin.signed --pubkey private.key --json",
            "the result as JSON; a private key works, too"},
};

constexpr std::array kVerifyOptions = {
    Option{.name = "pubkey", .letter = 'p', .value = "KEY", .help = "the public key"},
    Option{.name = "form",
           .value = "esp8266|esp8266-legacy|esp32|secure-boot-v2",
           .help = "accept only this form of signature"},
    kPassphraseFileOption,
};

/// Refuses a valid signature of another form than `form`. True if it did.
bool refuse_other_form(signing::Verification& verification,
                       const std::optional<SignatureForm>& form) {
  if (!form || !verification.valid || verification.form == form) {
    return false;
  }
  verification.valid = false;
  verification.problem = Error(Errc::SignatureInvalid,
                               fmt::format("the signature has the form {}, but {} is required",
                                           to_string(*verification.form),
                                           to_string(*form)));
  return true;
}

void report_json(Messages& messages,
                 const std::string& path,
                 const signing::Verification& verification,
                 const signing::PublicKey& key) {
  const auto& form = verification.form;
  const auto& problem = verification.problem;
  messages.json_document({
      {"schema", 1},
      {"file", path},
      {"valid", verification.valid},
      {"form", form ? nlohmann::json(to_string(*form)) : nullptr},
      {"hash",
       verification.valid ? nlohmann::json(signing::to_string(verification.hash)) : nullptr},
      {"payload_bytes", form ? nlohmann::json(verification.payload_size) : nullptr},
      {"key_bits", key.bits()},
      {"key_fingerprint", fingerprint_of(key)},
      {"reason", problem ? nlohmann::json(problem->message()) : nullptr},
  });
}

void report_valid(Messages& messages,
                  const std::string& path,
                  const signing::Verification& verification,
                  Bytes payload,
                  const signing::PublicKey& key) {
  if (verification.form == SignatureForm::Esp32 &&
      signing::is_misread_by_esp32(payload.size(), verification.hash)) {
    messages.warning(
        fmt::format("{}: an ESP32 computes the {} of {} bytes wrongly and refuses the "
                    "image; 'otatool sign' pads it",
                    path,
                    signing::to_string(verification.hash),
                    payload.size()));
  }
  messages.result(fmt::format("{}: valid: {} with {} over {} bytes",
                              path,
                              to_string(*verification.form),
                              signing::to_string(verification.hash),
                              payload.size()));
  messages.result(fmt::format("  key: {}, fingerprint {}", key.name(), fingerprint_of(key)));
  messages.result(fmt::format(
      "  accepted by: {}",
      app::accepting_cores(
          app::examine_bytes(payload), payload.size(), *verification.form, verification.hash)));
}

Result<int> run_verify(Invocation& invocation) {
  Messages& messages = invocation.messages();
  const std::string& path = invocation.arguments().front();
  OptionReader read(invocation);
  const auto form = read_signature_form(read, "form");
  TRY_VOID(read.finish());
  TRY(const auto key_path, required_path(invocation, "pubkey"));
  TRY(const auto key, load_public_key(invocation, key_path));
  TRY(const auto file, app::examine_file(path));
  signing::Verification verification = app::verify(file, key);
  const bool other_form = refuse_other_form(verification, form);
  report_json(messages, path, verification, key);
  if (verification.problem) {
    // With --json the document above contains the problem.
    if (messages.json()) {
      return kBadSignatureOrKey;
    }
    const Error error = verification.problem->with_context(path);
    if (other_form) {
      messages.error(error, "'otatool sign --format FORM' makes this form");
      return kBadSignatureOrKey;
    }
    return fail(error);
  }
  if (!messages.json()) {
    report_valid(
        messages, path, verification, Bytes(file.bytes).first(verification.payload_size), key);
  }
  return kSuccess;
}

}  // namespace

const Command kVerifyCommand = {
    .name = "verify",
    .summary = "check the signature of an image",
    .arguments = "IMAGE --pubkey KEY",
    .examples = kVerifyExamples,
    .options = kVerifyOptions,
    .run = run_verify,
    .min_arguments = 1,
    .max_arguments = 1,
};

}  // namespace otatool::cli
