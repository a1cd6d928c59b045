#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/release/signed_release.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"
#include "cli/signing/signing_keys.hpp"
#include "files/output_file.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kStripExamples = {
    Example{"otatool strip firmware.bin.signed -o firmware.bin", "the unsigned image"},
};

constexpr std::array kStripOptions = {
    Option{.name = "output", .letter = 'o', .value = "OUT", .help = "the image without signature"},
};

Result<int> run_strip(Invocation& invocation) {
  Messages& messages = invocation.messages();
  const std::string& path = invocation.arguments().front();
  TRY(const auto output, required_path(invocation, "output"));
  if (output == "-" && messages.json()) {
    return fail(Errc::Usage, "--json and `-o -` cannot be used together");
  }
  const auto file = app::examine_file(path);
  if (!file) {
    return fail(file.error());
  }
  const auto payload_size = app::unsigned_size(*file);
  if (!payload_size) {
    return fail(
        Error(Errc::NotSigned, "there is no signature at the end of the file").with_context(path));
  }
  const Bytes payload = Bytes(file->bytes).first(*payload_size);
  TRY_VOID(files::write_file({.path = output, .content = payload}));
  const std::size_t removed = file->bytes.size() - payload.size();
  const std::string line =
      fmt::format("{}: {} bytes without the signature of {}", output, payload.size(), removed);
  output == "-" ? messages.note(line) : messages.result(line);
  messages.json_document({{"schema", 1},
                          {"file", path},
                          {"output", output},
                          {"payload_bytes", payload.size()},
                          {"signature_bytes", removed}});
  return kSuccess;
}

}  // namespace

const Command kStripCommand = {
    .name = "strip",
    .summary = "remove the signature of an image",
    .arguments = "IMAGE -o OUT",
    .examples = kStripExamples,
    .options = kStripOptions,
    .run = run_strip,
    .min_arguments = 1,
    .max_arguments = 1,
};

}  // namespace otatool::cli
