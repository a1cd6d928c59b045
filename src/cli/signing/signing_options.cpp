#include "cli/signing/signing_options.hpp"

#include <fmt/format.h>
#include <utility>

#include "app/examined_file.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/io/messages.hpp"

namespace otatool::cli {
namespace {

using signing::HashAlgorithm;

}  // namespace

std::optional<image::FlashMode> read_flash_mode(OptionReader& read) {
  using Mode = std::optional<image::FlashMode>;
  return read.choice<Mode>("flash-mode",
                           {{"keep", std::nullopt},
                            {"qio", image::FlashMode::Qio},
                            {"qout", image::FlashMode::Qout},
                            {"dio", image::FlashMode::Dio},
                            {"dout", image::FlashMode::Dout}},
                           std::nullopt);
}

std::optional<SignatureForm> read_signature_form(OptionReader& read, std::string_view option) {
  using Form = std::optional<SignatureForm>;
  return read.choice<Form>(option,
                           {{"esp8266", SignatureForm::Esp8266},
                            {"esp8266-legacy", SignatureForm::Esp8266Legacy},
                            {"esp32", SignatureForm::Esp32},
                            {"secure-boot-v2", SignatureForm::SecureBootV2}},
                           std::nullopt);
}

Result<app::SigningOptions> signing_options(Invocation& invocation) {
  OptionReader read(invocation);
  app::SigningOptions options;
  options.form = read_signature_form(read, kFormatOption.name);
  options.hash = read.choice<HashAlgorithm>(kHashOption.name,
                                            {{"sha256", HashAlgorithm::Sha256},
                                             {"sha384", HashAlgorithm::Sha384},
                                             {"sha512", HashAlgorithm::Sha512}},
                                            HashAlgorithm::Sha256);
  options.flash_mode = read_flash_mode(read);
  if (read.flag(kForceSigningOption.name)) {
    options.replace_signature = true;
    options.overridden = app::overridable_checks();
  }
  return read.finish(std::move(options));
}

void report_preparation(Messages& messages,
                        const app::SigningInput& input,
                        std::size_t payload_size) {
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
        payload_size));
  }
}

Result<app::SigningInput> read_signing_input(const std::string& path,
                                             const app::SigningOptions& options,
                                             Messages& messages) {
  TRY(auto file, app::examine_file(path));
  auto input = app::prepare_signing(std::move(file), options);
  if (input) {
    report_preparation(messages, *input, input->payload.size());
  }
  return input;
}

void warn_of_keys(Messages& messages,
                  const std::string& path,
                  const std::vector<app::CarriedKey>& keys) {
  for (const app::CarriedKey& carried : keys) {
    messages.warning(
        carried.fingerprint
            ? fmt::format("{}: the image carries another public key ({}): the next update must be "
                          "signed with that key",
                          path,
                          to_hex(*carried.fingerprint))
            : fmt::format(
                  "{}: the image contains a private key, at byte {}", path, carried.offset));
  }
}

void warn_of_carried_keys(Messages& messages,
                          const app::SigningInput& input,
                          const signing::PublicKey& key) {
  warn_of_keys(messages, input.path, app::surprising_keys(input.examined, key));
}

std::string default_signed_path(const std::string& image) {
  return image == "-" ? image : image + ".signed";
}

}  // namespace otatool::cli
