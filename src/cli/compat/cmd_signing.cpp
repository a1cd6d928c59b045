// `otatool signing`, also called as signing or signing.py: the options and files of the ESP8266
// core's signing.py, with an exit code for every failure.
#include <filesystem>
#include <fmt/format.h>

#include "otatool/signing/pubkey_header.hpp"

#include "cli/compat/signing_arguments.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"
#include "cli/signing/signed_output.hpp"
#include "cli/signing/signing_keys.hpp"
#include "cli/signing/signing_options.hpp"
#include "files/unchanged_file.hpp"

namespace otatool::cli {
namespace {

constexpr std::string_view kSigningHelp =
    R"(usage: signing [-h] [-m MODE] [-b BIN] [-o OUT] [-l LEGACY] [-p PUBLICKEY] [-s PRIVATEKEY]

  -m, --mode MODE              header or sign
  -p, --publickey PUBLICKEY    header: the public key, PEM or DER
  -s, --privatekey PRIVATEKEY  sign: the private key; OTATOOL_KEY_PASSPHRASE opens it
  -b, --bin BIN                sign: the image
  -o, --out OUT                the header or the signed image
  -l, --legacy LEGACY          sign: also the form for cores 2.5.0 to 2.5.2
      --allow-missing          sign: succeed silently if there is no private key
  -h, --help                   show this help

Exits with 0 only if OUT was written.
)";

bool is_missing(const std::string& path) {
  std::error_code error;
  return !std::filesystem::exists(path, error) && !error;
}

/// As signing.py does: the folder of the header belongs to the build and may not exist yet.
void make_folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  std::error_code ignored;  // writing the file reports the error
  if (!folder.empty()) {
    std::filesystem::create_directories(folder, ignored);
  }
}

Result<std::string> header_text(Invocation& invocation, const SigningArguments& arguments) {
  if (is_missing(arguments.public_key)) {
    invocation.messages().raw_error_output(
        fmt::format("No public key '{}': signing is off\n", arguments.public_key));
    return signing::pubkey_header_without_key();
  }
  TRY(const auto key, load_public_key(invocation, arguments.public_key));
  auto text = signing::pubkey_header(key);
  if (!text) {
    return fail(text.error().with_context(arguments.public_key));
  }
  invocation.messages().raw_error_output("Enabling binary signing\n");
  return text;
}

Result<int> write_header(Invocation& invocation, const SigningArguments& arguments) {
  TRY(const auto text, header_text(invocation, arguments));
  make_folder_of(arguments.out);
  const auto written = files::write_unless_unchanged(
      {.path = arguments.out, .content = as_bytes(text), .kind = files::ContentKind::Text});
  return written ? Result<int>(kSuccess) : fail(written.error());
}

Result<int> sign_bin(Invocation& invocation, const SigningArguments& arguments) {
  Messages& messages = invocation.messages();
  if (arguments.allow_missing && is_missing(arguments.private_key)) {
    return kSuccess;
  }
  TRY(const auto key, load_private_key(invocation, arguments.private_key));
  app::SigningOptions options;
  options.form = SignatureForm::Esp8266;
  // Builds for other chips with this image format use signing.py, too.
  options.overridden = app::overridable_checks();
  TRY(const auto input, read_signing_input(arguments.bin, options, messages));
  warn_of_carried_keys(messages, input, key.public_half());
  const SignedOutput output{arguments.out, arguments.legacy};
  TRY_VOID(write_signed(input, key, output));
  messages.raw_error_output(fmt::format("Signed binary: {}\n", arguments.out));
  if (arguments.legacy) {
    messages.raw_error_output(fmt::format("Legacy signed binary: {}\n", *arguments.legacy));
  }
  return kSuccess;
}

Result<int> run_signing(Invocation& invocation) {
  Messages& messages = invocation.messages();
  const auto arguments = parse_signing_arguments(invocation.arguments());
  if (!arguments) {
    messages.raw_error_output(fmt::format("{}\nsigning: error: {}\n",
                                          kSigningHelp.substr(0, kSigningHelp.find('\n')),
                                          arguments.error().message()));
    return kUsageError;
  }
  if (arguments->mode == SigningMode::Help) {
    messages.raw_output(kSigningHelp);
    return kSuccess;
  }
  auto outcome = arguments->mode == SigningMode::Header ? write_header(invocation, *arguments)
                                                        : sign_bin(invocation, *arguments);
  if (!outcome) {
    // The usual hints name options that this command does not have.
    messages.error(outcome.error(),
                   outcome.error().code() == Errc::PassphraseNeeded
                       ? "set the variable OTATOOL_KEY_PASSPHRASE"
                       : "");
    return exit_code(outcome.error().code());
  }
  return outcome;
}

}  // namespace

const Command kSigningCommand = {
    .name = "signing",
    .summary = "sign with the options of the ESP8266 core's signing.py",
    .arguments = "-m header|sign [OPTIONS]",
    .run = run_signing,
    .raw_arguments = true,
    .max_arguments = kUnlimited,
};

}  // namespace otatool::cli
