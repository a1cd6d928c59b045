#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/io/error_json.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"
#include "cli/signing/signed_output.hpp"
#include "cli/signing/signing_hints.hpp"
#include "cli/signing/signing_keys.hpp"
#include "cli/signing/signing_options.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kSignExamples = {
    Example{"otatool sign firmware.bin --key private.key", "writes firmware.bin.signed"},
    Example{"otatool sign firmware.bin.gz --key private.key -o update.bin", "a package"},
    Example{"otatool sign build/*.bin --key private.key", "many images with one key"},
    Example{"otatool sign app.bin --key ec.key --format esp32 --hash sha384", "for an ESP32"},
};

constexpr std::array kSignOptions = {
    Option{.name = "key", .letter = 'k', .value = "KEY", .help = "the private key"},
    Option{
        .name = "output", .letter = 'o', .value = "OUT", .help = "the signed file (IMAGE.signed)"},
    kFormatOption,
    kHashOption,
    Option{.name = "legacy",
           .value = "FILE",
           .help = "also write the form for ESP8266 cores 2.5.0 to 2.5.2 to FILE"},
    kFlashModeOption,
    kPassphraseFileOption,
    kForceSigningOption,
};

struct SignedImage {
  app::SigningInput input;
  SignedOutput output;
  std::string cores;
};

struct SignRequest {
  app::SigningOptions options;
  std::optional<std::string> output;
  std::optional<std::string> legacy_output;
};

Result<SignRequest> read_request(Invocation& invocation) {
  TRY(const auto options, signing_options(invocation));
  SignRequest request{options, invocation.value("output"), invocation.value("legacy")};
  if (invocation.arguments().size() > 1 && (request.output || request.legacy_output)) {
    return fail(Errc::Usage, "--output and --legacy need a single image");
  }
  if (request.legacy_output && options.form && options.form != SignatureForm::Esp8266) {
    return fail(Errc::Usage, "the legacy form accompanies only the esp8266 form");
  }
  const bool to_stdout =
      request.output.value_or(default_signed_path(invocation.arguments().front())) == "-";
  if (to_stdout && invocation.messages().json()) {
    return fail(Errc::Usage, "--json and `-o -` cannot be used together");
  }
  return request;
}

Result<SignedImage> sign_image(const std::string& path,
                               const SignRequest& request,
                               const signing::PrivateKey& key,
                               Messages& messages) {
  TRY(auto input, read_signing_input(path, request.options, messages));
  SignedImage image{std::move(input), {}, {}};
  image.output.path = request.output.value_or(default_signed_path(path));
  image.output.legacy_path = request.legacy_output;
  warn_of_carried_keys(messages, image.input, key.public_half());
  TRY_VOID(write_signed(image.input, key, image.output));
  image.cores = app::accepting_cores(
      image.input.examined, image.input.payload.size(), image.input.form, image.input.hash);
  return image;
}

void report_text(Messages& messages, const SignedImage& image) {
  // Stdout may carry the signed image.
  const auto say = [&](const std::string& line) {
    image.output.path == "-" ? messages.note(line) : messages.result(line);
  };
  say(fmt::format("{}: {} bytes signed for {}",
                  image.output.path == "-" ? "stdout" : image.output.path,
                  image.input.payload.size(),
                  to_string(image.input.form)));
  // A device compares the mode in the first header, which --flash-mode changes.
  const auto& parts = image.input.examined.payload().parts;
  if (image.input.form == SignatureForm::Esp8266 && !parts.empty() && parts.front().flash.mode) {
    say(fmt::format("  flash mode: {}", image::to_string(*parts.front().flash.mode)));
  }
  say(fmt::format("  accepted by: {}", image.cores));
  if (image.output.legacy_path) {
    say(fmt::format("{}: signed for ESP8266 cores 2.5.0 to 2.5.2", *image.output.legacy_path));
  }
}

void report_key(Messages& messages, const signing::PublicKey& key, bool stdout_taken) {
  const std::string line = fmt::format("key: {}, fingerprint {}", key.name(), fingerprint_of(key));
  stdout_taken ? messages.note(line) : messages.result(line);
}

nlohmann::json json_of(const SignedImage& image) {
  const auto& legacy = image.output.legacy_path;
  return {
      {"file", image.input.path},
      {"output", image.output.path},
      {"legacy_output", legacy ? nlohmann::json(*legacy) : nullptr},
      {"form", to_string(image.input.form)},
      {"payload_bytes", image.input.payload.size()},
      {"repacked", image.input.repacked_from.has_value()},
      {"signature_replaced", image.input.signature_replaced},
      {"accepted_by", image.cores},
      {"error", nullptr},
  };
}

Result<int> run_sign(Invocation& invocation) {
  Messages& messages = invocation.messages();
  TRY(const auto request, read_request(invocation));
  TRY(const auto key_path, required_path(invocation, "key"));
  TRY(const auto key, load_private_key(invocation, key_path));
  const signing::PublicKey& public_half = key.public_half();
  const auto images = invocation.arguments();
  nlohmann::json files = nlohmann::json::array();
  std::size_t failed = 0;
  for (const std::string& path : images) {
    const auto image = sign_image(path, request, key, messages);
    if (image) {
      report_text(messages, *image);
      files.push_back(json_of(*image));
    } else if (images.size() == 1) {
      return signing_failure(messages, image.error());
    } else {
      ++failed;
      messages.json() ? files.push_back({{"file", path}, {"error", error_json(image.error())}})
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
    .arguments = "IMAGE... --key KEY",
    .examples = kSignExamples,
    .options = kSignOptions,
    .run = run_sign,
    .min_arguments = 1,
    .max_arguments = kUnlimited,
};

}  // namespace otatool::cli
