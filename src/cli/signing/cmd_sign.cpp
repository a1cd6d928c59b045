#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

#include "otatool/signing/secure_boot.hpp"

#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/io/error_json.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"
#include "cli/signing/signed_output.hpp"
#include "cli/signing/signers.hpp"
#include "cli/signing/signing_hints.hpp"
#include "cli/signing/signing_keys.hpp"
#include "cli/signing/signing_options.hpp"
#include "files/parallel.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kSignExamples = {
    Example{"otatool sign firmware.bin --key private.key", "writes firmware.bin.signed"},
    Example{"otatool sign firmware.bin.gz --key private.key -o update.bin", "a package"},
    Example{"otatool sign build/*.bin --key private.key", "many images with one key"},
    Example{"otatool sign app.bin --key ec.key --format esp32 --hash sha384", "for an ESP32"},
    Example{"otatool sign firmware.bin --signer ./kms-sign --pubkey public.key",
            "a program signs the digest"},
    Example{"otatool sign app.bin --key rsa3072.pem --format secure-boot-v2",
            "for the bootloader of ESP-IDF; again with another key: one more block"},
};

constexpr std::array kSignOptions = {
    Option{.name = "key", .letter = 'k', .value = "KEY", .help = "the private key"},
    kSignerOption,
    Option{.name = "pubkey",
           .letter = 'p',
           .value = "KEY",
           .help = "the public key that verifies what --signer makes"},
    Option{
        .name = "output", .letter = 'o', .value = "OUT", .help = "the signed file (IMAGE.signed)"},
    kFormatOption,
    kHashOption,
    Option{.name = "legacy",
           .value = "FILE",
           .help = "also write the form for ESP8266 cores 2.5.0 to 2.5.2 to FILE"},
    Option{.name = "attest",
           .value = "FILE",
           .help = "write a signed in-toto statement to FILE: digests, commit, CI run"},
    Option{.name = "fs-version",
           .value = "N",
           .help = "state version N of a filesystem, for the receiver of firmware/"},
    kFlashModeOption,
    kPassphraseFileOption,
    kForceSigningOption,
};

struct SignedImage {
  app::SigningInput input;  ///< without its payload, so that many images need little memory
  std::size_t payload_size = 0;
  SignedOutput output;
  std::string cores;
  std::vector<app::CarriedKey> surprising_keys;
};

struct SignRequest {
  app::SigningOptions options;
  std::optional<std::string> output;
  std::optional<std::string> legacy_output;
  std::optional<std::string> attestation;
};

Result<SignRequest> read_request(Invocation& invocation) {
  TRY(auto options, signing_options(invocation));
  OptionReader read(invocation);
  options.filesystem_version = read.number<std::uint32_t>("fs-version", {.smallest = 1});
  TRY_VOID(read.finish());
  SignRequest request{
      options, invocation.value("output"), invocation.value("legacy"), invocation.value("attest")};
  if (invocation.arguments().size() > 1 &&
      (request.output || request.legacy_output || request.attestation)) {
    return fail(Errc::Usage, "--output, --legacy and --attest need a single image");
  }
  if (request.legacy_output && options.form && options.form != SignatureForm::Esp8266) {
    return fail(Errc::Usage, "the legacy form accompanies only the esp8266 form");
  }
  const bool to_stdout =
      request.output.value_or(default_signed_path(invocation.arguments().front())) == "-";
  if (request.attestation && (to_stdout || request.attestation == "-")) {
    return fail(Errc::Usage, "--attest writes two files together, none of them to stdout");
  }
  if (to_stdout && invocation.messages().json()) {
    return fail(Errc::Usage, "--json and `-o -` cannot be used together");
  }
  return request;
}

/// Prints nothing: several threads call it.
Result<SignedImage> sign_image(const std::string& path,
                               const SignRequest& request,
                               const signing::Signer& signer) {
  TRY(auto file, app::examine_file(path));
  TRY(auto input, app::prepare_signing(std::move(file), request.options));
  SignedImage image{.input = std::move(input),
                    .payload_size = 0,
                    .output = {request.output.value_or(default_signed_path(path)),
                               request.legacy_output,
                               request.attestation},
                    .cores = {},
                    .surprising_keys = {}};
  TRY_VOID(write_signed(image.input, signer, image.output));
  image.payload_size = image.input.payload.size();
  image.input.payload = {};
  image.cores = app::accepting_cores(
      image.input.examined, image.payload_size, image.input.form, image.input.hash);
  image.surprising_keys = app::surprising_keys(image.input.examined, signer.public_half());
  return image;
}

void report_text(Messages& messages, const SignedImage& image) {
  report_preparation(messages, image.input, image.payload_size);
  warn_of_keys(messages, image.input.path, image.surprising_keys);
  // Stdout may carry the signed image.
  const auto say = [&](const std::string& line) {
    image.output.path == "-" ? messages.note(line) : messages.result(line);
  };
  say(fmt::format("{}: {} bytes signed for {}",
                  image.output.path == "-" ? "stdout" : image.output.path,
                  image.payload_size,
                  to_string(image.input.form)));
  // A device compares the mode in the first header, which --flash-mode changes.
  const auto& parts = image.input.examined.payload().parts;
  if (image.input.form == SignatureForm::Esp8266 && !parts.empty() && parts.front().flash.mode) {
    say(fmt::format("  flash mode: {}", image::to_string(*parts.front().flash.mode)));
  }
  if (image.input.form == SignatureForm::SecureBootV2) {
    say(fmt::format("  Secure Boot blocks: {} of {}",
                    image.input.earlier_blocks.size() / signing::kSecureBootBlockSize + 1,
                    signing::kMostSecureBootBlocks));
  }
  say(fmt::format("  accepted by: {}", image.cores));
  if (image.output.legacy_path) {
    say(fmt::format("{}: signed for ESP8266 cores 2.5.0 to 2.5.2", *image.output.legacy_path));
  }
  if (image.output.attestation_path) {
    say(fmt::format("{}: attestation", *image.output.attestation_path));
  }
}

void report_key(Messages& messages, const signing::PublicKey& key, bool stdout_taken) {
  const std::string line = fmt::format("key: {}, fingerprint {}", key.name(), fingerprint_of(key));
  stdout_taken ? messages.note(line) : messages.result(line);
}

nlohmann::json json_of(const SignedImage& image) {
  const auto& legacy = image.output.legacy_path;
  const auto& attestation = image.output.attestation_path;
  return {
      {"file", image.input.path},
      {"output", image.output.path},
      {"legacy_output", legacy ? nlohmann::json(*legacy) : nullptr},
      {"attestation", attestation ? nlohmann::json(*attestation) : nullptr},
      {"form", to_string(image.input.form)},
      {"payload_bytes", image.payload_size},
      {"repacked", image.input.repacked_from.has_value()},
      {"signature_replaced", image.input.signature_replaced},
      {"accepted_by", image.cores},
      {"error", nullptr},
  };
}

Result<int> run_sign(Invocation& invocation) {
  Messages& messages = invocation.messages();
  TRY(const auto request, read_request(invocation));
  TRY(const auto signer, load_signer(invocation));
  const signing::PublicKey& public_half = signer->public_half();
  const auto images = invocation.arguments();
  std::vector<std::optional<Result<SignedImage>>> outcomes(images.size());
  const auto sign_one = [&](std::size_t i) {
    outcomes[i] = sign_image(images[i], request, *signer);
  };
  if (images.size() > 1 && signer->is_shareable()) {
    files::run_in_parallel(images.size(), sign_one);
  }
  nlohmann::json files = nlohmann::json::array();
  std::size_t failed = 0;
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (!outcomes[i]) {
      sign_one(i);
    }
    const Result<SignedImage>& image = *outcomes[i];
    if (image) {
      report_text(messages, *image);
      files.push_back(json_of(*image));
    } else if (images.size() == 1 || image.error().code() == Errc::Interrupted) {
      return signing_failure(messages, image.error());
    } else {
      ++failed;
      messages.json() ? files.push_back({{"file", images[i]}, {"error", error_json(image.error())}})
                      : messages.error(image.error());
    }
  }
  report_key(messages, public_half, request.output == "-" || images.front() == "-");
  messages.json_document(
      {{"schema", 1},
       {"key", {{"name", public_half.name()}, {"fingerprint", fingerprint_of(public_half)}}},
       {"files", std::move(files)}});
  return failed == 0 ? kSuccess : kSomeTargetsFailed;
}

}  // namespace

const Command kSignCommand = {
    .name = "sign",
    .summary = "sign an image for devices that verify",
    .arguments = "IMAGE... --key KEY|--signer COMMAND",
    .examples = kSignExamples,
    .options = kSignOptions,
    .run = run_sign,
    .min_arguments = 1,
    .max_arguments = kUnlimited,
};

}  // namespace otatool::cli
