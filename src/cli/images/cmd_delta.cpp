#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

#include "otatool/delta/patch.hpp"
#include "otatool/espota/digest.hpp"

#include "app/examined_file.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"
#include "files/files.hpp"
#include "files/output_file.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kDeltaExamples = {
    Example{"otatool delta old.bin new.bin -o update.delta", "the difference of two images"},
    Example{"otatool delta --apply old.bin update.delta -o new.bin", "makes the new image again"},
};

constexpr std::array kDeltaOptions = {
    Option{.name = "output", .letter = 'o', .value = "OUT", .help = "the patch, or the new image"},
    Option{.name = "apply", .help = "apply the patch NEW to OLD"},
};

constexpr delta::Digests kDigests{espota::sha256_hex, espota::md5_hex};

/// Writes the result and says so.
Result<int> deliver(Messages& messages,
                    const std::string& output,
                    Bytes content,
                    const std::string& line,
                    const nlohmann::json& document) {
  TRY_VOID(files::write_file({.path = output, .content = content}));
  output == "-" ? messages.note(line) : messages.result(line);
  messages.json_document(document);
  return kSuccess;
}

nlohmann::json facts_json(const std::string& output, const delta::Facts& facts) {
  return {{"schema", 1},
          {"output", output},
          {"old_size", facts.old_size},
          {"new_size", facts.new_size},
          {"old_sha256", facts.old_sha256},
          {"new_sha256", facts.new_sha256}};
}

Result<int> make_patch(Messages& messages,
                       const std::string& old_path,
                       const std::string& new_path,
                       const std::string& output) {
  TRY(const auto old_file, app::examine_file(old_path));
  TRY(const auto new_file, app::examine_file(new_path));
  auto patch = delta::make(old_file.payload(), new_file.bytes, kDigests);
  if (!patch) {
    return fail(patch.error().with_context(old_path + ", " + new_path));
  }
  const auto rebuilt = delta::apply(old_file.bytes, *patch, kDigests);
  if (!rebuilt || *rebuilt != new_file.bytes) {
    return fail(Errc::Internal, "the patch does not make the new image");
  }
  TRY(const auto facts, delta::read_facts(*patch, kDigests));
  nlohmann::json document = facts_json(output, facts);
  document["old"] = old_path;
  document["new"] = new_path;
  document["size"] = patch->size();
  document["sha256"] = espota::sha256_hex(*patch);
  const double percent =
      100.0 * static_cast<double>(patch->size()) / static_cast<double>(new_file.bytes.size());
  return deliver(messages,
                 output,
                 *patch,
                 fmt::format("{}: {} bytes, {:.1f} % of {}",
                             output == "-" ? "patch" : output,
                             patch->size(),
                             percent,
                             new_file.bytes.size()),
                 document);
}

Result<int> apply_patch(Messages& messages,
                        const std::string& old_path,
                        const std::string& patch_path,
                        const std::string& output) {
  TRY(const auto old_image, files::read_file(old_path, files::kLargestImage));
  TRY(const auto patch, files::read_file(patch_path, files::kLargestImage));
  const auto made = delta::apply(old_image, patch, kDigests);
  if (!made) {
    const bool other = made.error().code() == Errc::OtherImage;
    return fail(made.error().with_context(other ? old_path : patch_path));
  }
  TRY(const auto facts, delta::read_facts(patch, kDigests));
  nlohmann::json document = facts_json(output, facts);
  document["old"] = old_path;
  document["patch"] = patch_path;
  return deliver(messages,
                 output,
                 *made,
                 fmt::format("{}: {} bytes", output == "-" ? "image" : output, made->size()),
                 document);
}

Result<int> run_delta(Invocation& invocation) {
  OptionReader read(invocation);
  const auto output = read.text("output");
  const bool apply = read.flag("apply");
  TRY_VOID(read.finish());
  if (!output) {
    return fail(Errc::Usage, "no --output is given");
  }
  Messages& messages = invocation.messages();
  if (*output == "-" && messages.json()) {
    return fail(Errc::Usage, "--json and `-o -` cannot be used together");
  }
  const auto& arguments = invocation.arguments();
  return (apply ? apply_patch : make_patch)(messages, arguments[0], arguments[1], *output);
}

}  // namespace

const Command kDeltaCommand = {
    .name = "delta",
    .summary = "make a difference update from two images, or apply one",
    .arguments = "OLD NEW",
    .examples = kDeltaExamples,
    .options = kDeltaOptions,
    .run = run_delta,
    .min_arguments = 2,
    .max_arguments = 2,
};

}  // namespace otatool::cli
