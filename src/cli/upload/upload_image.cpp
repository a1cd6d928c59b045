#include "cli/upload/upload_image.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "otatool/image/partition_table.hpp"
#include "otatool/signing/key.hpp"

#include "app/release/signed_file.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"
#include "cli/signing/signing_keys.hpp"
#include "cli/upload/check_hints.hpp"

namespace otatool::cli {
namespace {

using image::UploadCheck;

/// A binary table, or the table of a merged image, is recognised by its content.
Result<std::vector<image::Partition>> read_partitions(const std::string& path) {
  TRY(const app::ExaminedFile file, app::examine_file(path));
  if (!file.examined.file.partitions.empty()) {
    return file.examined.file.partitions;
  }
  auto table = image::parse_partition_csv(as_text(file.bytes));
  return table ? std::move(table) : fail(table.error().with_context(path));
}

Result<std::set<UploadCheck>> overridden_checks(const Invocation& invocation) {
  std::set<UploadCheck> checks;
  for (const std::string& name : invocation.values("force")) {
    const std::optional<UploadCheck> check = image::upload_check_of_name(name);
    if (!check) {
      std::vector<std::string_view> names;
      std::ranges::transform(image::upload_checks(),
                             std::back_inserter(names),
                             [](UploadCheck each) { return image::to_string(each); });
      return fail(
          Errc::Usage,
          fmt::format("unknown check '{}'; the checks are {}", name, fmt::join(names, ", ")));
    }
    checks.insert(*check);
  }
  return checks;
}

/// The image inside a package; nothing if the package is signed.
std::optional<app::ExaminedFile> without_packing(const app::ExaminedFile& file) {
  if (file.examined.file.kind != image::Kind::Gzip) {
    return file;
  }
  if (!file.examined.content || file.examined.file.signature) {
    return std::nullopt;
  }
  app::ExaminedFile content{file.path, file.examined.content_bytes, {}, file.signer};
  content.examined = app::examine_bytes(content.bytes);
  return content;
}

}  // namespace

Result<app::ReleaseOptions> release_options(Invocation& invocation) {
  using app::Packing;
  OptionReader read(invocation);
  app::ReleaseOptions options{
      .packing = read.choice(
          "gzip",
          {{"auto", Packing::IfAccepted}, {"always", Packing::Always}, {"never", Packing::Never}},
          Packing::IfAccepted),
      .sign = read.flag("sign"),
      .filesystem = read.flag("fs"),
      .verifier_known = read.flag("assume-verifier"),
      .atomic_fs = read.flag("atomic-fs"),
      .space = {},
      .overridden = read.take(overridden_checks(invocation))};
  options.space = read.take(target_space(invocation));
  options.space.partitions =
      read.parsed("partitions", read_partitions, std::vector<image::Partition>());
  return read.finish(std::move(options));
}

Result<void> check_argument_order(const Invocation& invocation) {
  const auto arguments = invocation.arguments();
  std::error_code ignored;
  if (arguments.front() == "-" || std::filesystem::exists(arguments.front(), ignored)) {
    return {};
  }
  for (const std::string& other : arguments.subspan(1)) {
    if (std::filesystem::is_regular_file(other, ignored)) {
      return fail(Errc::Usage,
                  fmt::format("'{}' is not a file, but '{}' is: the image is the first argument",
                              arguments.front(),
                              other));
    }
  }
  return {};
}

std::string path_to_send(const Invocation& invocation) {
  const std::string& path = invocation.arguments().front();
  if (invocation.value("sign") || invocation.flag(kNoSignedOption.name)) {
    return path;
  }
  const auto signed_file = app::signed_file_beside(path);
  if (!signed_file) {
    return path;
  }
  Messages& messages = invocation.messages();
  if (signed_file->of_older_build) {
    messages.warning(older_build_warning(path, *signed_file));
    return path;
  }
  messages.note(
      fmt::format("sending {} instead of {} (or use --no-signed)", signed_file->path, path));
  return signed_file->path;
}

Result<DeltaChoice> delta_choice(Invocation& invocation) {
  enum class Wish { Auto, Always, Never };
  OptionReader read(invocation);
  const Wish wish =
      read.choice<Wish>("delta",
                        {{"auto", Wish::Auto}, {"always", Wish::Always}, {"never", Wish::Never}},
                        Wish::Auto);
  DeltaChoice choice;
  choice.folder = wish == Wish::Never ? std::string() : read.text("base", "");
  choice.always = wish == Wish::Always;
  TRY_VOID(read.finish());
  if (choice.always && choice.folder.empty()) {
    return fail(Errc::Usage, "option '--delta always' needs '--base FOLDER'");
  }
  std::error_code ignored;
  if (!choice.folder.empty() && !std::filesystem::is_directory(choice.folder, ignored)) {
    return fail(Errc::FileUnreadable, fmt::format("'{}' is not a folder", choice.folder));
  }
  return choice;
}

Result<UploadImage> prepare_upload_image(Invocation& invocation,
                                         app::ExaminedFile file,
                                         const app::ReleaseOptions& options,
                                         bool with_whole) {
  std::unique_ptr<signing::Signer> signer;
  if (const auto key = invocation.value("sign")) {
    TRY(signer, load_signing_key(invocation, *key));
  }
  UploadImage image;
  image.whole = with_whole && !options.filesystem ? without_packing(file) : std::nullopt;
  if (image.whole) {
    app::ReleaseOptions unpacked = options;
    unpacked.packing = app::Packing::Never;
    TRY(app::Release whole, app::prepare_release(std::move(*image.whole), unpacked, signer.get()));
    image.whole = std::move(whole.file);
  }
  TRY(app::Release release, app::prepare_release(std::move(file), options, signer.get()));
  Messages& messages = invocation.messages();
  if (release.packed_from) {
    messages.note(
        fmt::format("packed {} bytes into {}", *release.packed_from, release.packed_size));
  }
  if (release.signed_form) {
    messages.note(fmt::format("signed with key {} in the {} form",
                              fingerprint_of(signer->public_half()),
                              to_string(*release.signed_form)));
  }
  image.file = std::move(release.file);
  return image;
}

std::string image_warning(const std::string& path, const app::ExaminedFile& file, bool filesystem) {
  if (!image::is_unknown_filesystem(file.examined, filesystem)) {
    return {};
  }
  return fmt::format("{}: unknown kind of filesystem; it is sent without checks", path);
}

int report_problems(Messages& messages,
                    const std::string& path,
                    std::span<const image::UploadProblem> problems) {
  const image::UploadProblem& first = problems.front();
  std::string message = first.error.message();
  for (const image::UploadProblem& each : problems.subspan(1)) {
    message += fmt::format("; also: {} ({})", each.error.message(), image::to_string(each.check));
  }
  messages.error(Error(first.error.code(), std::move(message)).with_context(path),
                 problem_hint(path, problems));
  return exit_code(first.error.code());
}

}  // namespace otatool::cli
