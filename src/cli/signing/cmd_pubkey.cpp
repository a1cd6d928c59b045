#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "otatool/signing/pubkey_header.hpp"

#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"
#include "cli/signing/signing_keys.hpp"
#include "files/unchanged_file.hpp"

namespace otatool::cli {
namespace {

enum class PubkeyFormat { Pem, Der, Header, Fingerprint };

constexpr std::array kPubkeyExamples = {
    Example{"otatool pubkey private.key -o public.key", "the public half as PEM"},
    Example{"otatool pubkey public.key --format fingerprint", "identifies the key"},
    Example{"otatool pubkey public.key --format header -o Updater_Signing.h",
            "the header that a sketch for the ESP8266 includes"},
};

constexpr std::array kPubkeyOptions = {
    Option{.name = "format",
           .value = "pem|der|header|fingerprint",
           .help = "form of the output (pem)"},
    Option{.name = "output",
           .letter = 'o',
           .value = "OUT",
           .help = "write to OUT; an unchanged file is not touched"},
    kPassphraseFileOption,
};

Result<std::string> content_of(const signing::PublicKey& key, PubkeyFormat format) {
  switch (format) {
    case PubkeyFormat::Pem:
      return key.pem();
    case PubkeyFormat::Der:
      return std::string(as_text(key.der()));
    case PubkeyFormat::Header:
      return signing::pubkey_header(key);
    case PubkeyFormat::Fingerprint:
      break;
  }
  return fingerprint_of(key) + "\n";
}

Result<int> run_pubkey(Invocation& invocation) {
  Messages& messages = invocation.messages();
  OptionReader read(invocation);
  const auto format = read.choice<PubkeyFormat>("format",
                                                {{"pem", PubkeyFormat::Pem},
                                                 {"der", PubkeyFormat::Der},
                                                 {"header", PubkeyFormat::Header},
                                                 {"fingerprint", PubkeyFormat::Fingerprint}},
                                                PubkeyFormat::Pem);
  TRY_VOID(read.finish());
  const std::string output = invocation.value("output").value_or("-");
  TRY(const auto key, load_public_key(invocation, invocation.arguments().front()));
  const auto content = content_of(key, format);
  if (!content) {
    return fail(content.error().with_context(invocation.arguments().front()));
  }
  bool written = false;
  // With --json the document is the output, unless --output names a file.
  if (output != "-" || !messages.json()) {
    const auto kind =
        format == PubkeyFormat::Der ? files::ContentKind::Binary : files::ContentKind::Text;
    TRY(const auto changed,
        files::write_unless_unchanged(
            {.path = output, .content = as_bytes(*content), .kind = kind}));
    written = changed;
  }
  if (output != "-") {
    messages.note(fmt::format("{}: {}", output, written ? "written" : "unchanged"));
  }
  messages.json_document({{"schema", 1},
                          {"file", invocation.arguments().front()},
                          {"name", key.name()},
                          {"bits", key.bits()},
                          {"fingerprint", fingerprint_of(key)},
                          {"pem", key.pem()},
                          {"output", output == "-" ? nullptr : nlohmann::json(output)},
                          {"written", written}});
  return kSuccess;
}

}  // namespace

const Command kPubkeyCommand = {
    .name = "pubkey",
    .summary = "print the public key of a key file in several formats",
    .arguments = "KEY",
    .examples = kPubkeyExamples,
    .options = kPubkeyOptions,
    .run = run_pubkey,
    .min_arguments = 1,
    .max_arguments = 1,
};

}  // namespace otatool::cli
