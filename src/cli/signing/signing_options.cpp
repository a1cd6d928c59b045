#include "cli/signing/signing_options.hpp"

#include <array>
#include <fmt/format.h>
#include <utility>

#include "app/examined_file.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/io/messages.hpp"

namespace otatool::cli {
namespace {

void report_preparation(Messages& messages, const app::SigningInput& input) {
  if (input.signature_replaced) {
    messages.note(fmt::format("{}: the existing signature is replaced", input.path));
  }
  if (input.overridden_problem) {
    messages.warning(fmt::format("{}: {}", input.path, input.overridden_problem->message()));
  }
  if (input.padding != 0) {
    messages.note(fmt::format(
        "{}: padded with {} bytes of FF, because an ESP32 computes the {} of this length wrongly",
        input.path,
        input.padding,
        signing::to_string(input.hash)));
  }
  if (input.repacked_from) {
    messages.note(fmt::format(
        "{}: repacked from {} to {} bytes, because cores 3.1.0 to 3.1.2 accept only multiples of 4",
        input.path,
        *input.repacked_from,
        input.payload.size()));
  }
}

}  // namespace

Result<app::SigningOptions> signing_options(const Invocation& invocation) {
  constexpr std::array<std::string_view, 3> kForms = {"esp8266", "esp8266-legacy", "esp32"};
  constexpr std::array<std::string_view, 3> kHashes = {"sha256", "sha384", "sha512"};
  constexpr std::array<std::string_view, 5> kModes = {"keep", "qio", "qout", "dio", "dout"};
  const auto form = invocation.choice("format", kForms, 0);
  const auto hash = invocation.choice("hash", kHashes, 0);
  const auto mode = invocation.choice("flash-mode", kModes, 0);
  for (const auto* chosen : {&form, &hash, &mode}) {
    if (!*chosen) {
      return fail(chosen->error());
    }
  }
  app::SigningOptions options;
  if (invocation.flag("format")) {
    options.form = static_cast<SignatureForm>(*form);
  }
  options.hash = static_cast<signing::HashAlgorithm>(*hash);
  options.flash_mode = image::flash_mode_of_name(kModes[*mode]);
  if (invocation.flag("force")) {
    options.replace_signature = true;
    options.overridden = app::overridable_checks();
  }
  return options;
}

Result<app::SigningInput> read_signing_input(const std::string& path,
                                             const app::SigningOptions& options,
                                             Messages& messages) {
  auto file = app::examine_file(path);
  if (!file) {
    return fail(file.error());
  }
  auto input = app::prepare_signing(*std::move(file), options);
  if (input) {
    report_preparation(messages, *input);
  }
  return input;
}

void warn_of_carried_keys(Messages& messages,
                          const app::SigningInput& input,
                          const signing::PublicKey& key) {
  for (const app::CarriedKey& carried : app::surprising_keys(input.examined, key)) {
    messages.warning(
        carried.fingerprint
            ? fmt::format("{}: the image carries another public key ({}): the next update must be "
                          "signed with that key",
                          input.path,
                          to_hex(*carried.fingerprint))
            : fmt::format(
                  "{}: the image contains a private key, at byte {}", input.path, carried.offset));
  }
}

std::string default_signed_path(const std::string& image) {
  return image == "-" ? image : image + ".signed";
}

}  // namespace otatool::cli
