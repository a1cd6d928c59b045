#include "cli/upload/upload_image.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "otatool/signing/key.hpp"

#include "cli/frame/invocation.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/hints.hpp"
#include "cli/io/messages.hpp"
#include "cli/signing/signing_keys.hpp"

namespace otatool::cli {
namespace {

using image::UploadCheck;

constexpr std::array<std::string_view, 3> kGzipModes = {"auto", "always", "never"};
constexpr std::array kPackings = {
    app::Packing::IfAccepted, app::Packing::Always, app::Packing::Never};

Result<std::set<UploadCheck>> overridden_checks(const Invocation& invocation) {
  std::set<UploadCheck> checks;
  for (const std::string& name : invocation.values("force")) {
    const std::optional<UploadCheck> check = image::upload_check_of_name(name);
    if (!check) {
      std::vector<std::string_view> names;
      std::ranges::transform(image::upload_checks(),
                             std::back_inserter(names),
                             [](UploadCheck each) { return image::to_string(each); });
      return fail(Errc::Usage,
                  fmt::format("'{}' is no check; there are {}", name, fmt::join(names, ", ")));
    }
    checks.insert(*check);
  }
  return checks;
}

}  // namespace

Result<app::ReleaseOptions> release_options(const Invocation& invocation) {
  const auto gzip = invocation.choice("gzip", kGzipModes, 0);
  if (!gzip) {
    return fail(gzip.error());
  }
  auto overridden = overridden_checks(invocation);
  if (!overridden) {
    return fail(overridden.error());
  }
  const auto space = target_space(invocation);
  if (!space) {
    return fail(space.error());
  }
  return app::ReleaseOptions{.packing = kPackings[*gzip],
                             .sign = invocation.flag("sign"),
                             .filesystem = invocation.flag("fs"),
                             .verifier_known = invocation.flag("assume-verifier"),
                             .atomic_fs = invocation.flag("atomic-fs"),
                             .space = *space,
                             .overridden = std::move(*overridden)};
}

Result<app::ExaminedFile> prepare_upload_image(Invocation& invocation,
                                               app::ExaminedFile file,
                                               const app::ReleaseOptions& options) {
  std::optional<signing::PrivateKey> key;
  if (const auto key_path = invocation.value("sign")) {
    auto loaded = load_private_key(invocation, *key_path);
    if (!loaded) {
      return fail(loaded.error());
    }
    key = std::move(*loaded);
  }
  auto release = app::prepare_release(std::move(file), options, key ? &*key : nullptr);
  if (!release) {
    return fail(release.error());
  }
  Messages& messages = invocation.messages();
  if (release->packed_from) {
    messages.note(
        fmt::format("packed {} bytes into {}", *release->packed_from, release->packed_size));
  }
  if (release->signed_form) {
    messages.note(fmt::format("signed with key {} in the {} form",
                              fingerprint_of(key->public_half()),
                              to_string(*release->signed_form)));
  }
  return std::move(release->file);
}

std::string image_warning(const std::string& path, const app::ExaminedFile& file, bool filesystem) {
  if (!image::is_unknown_filesystem(file.examined, filesystem)) {
    return {};
  }
  return fmt::format("{}: not a filesystem that otatool knows; sent as it is", path);
}

int report_problems(Messages& messages,
                    const std::string& path,
                    std::span<const image::UploadProblem> problems) {
  const image::UploadProblem& first = problems.front();
  std::string message = first.error.message();
  std::vector<std::string_view> checks;
  for (const image::UploadProblem& each : problems) {
    const std::string_view check = image::to_string(each.check);
    if (&each != &first) {
      message += fmt::format("; also: {} ({})", each.error.message(), check);
    }
    if (std::ranges::find(checks, check) == checks.end()) {
      checks.push_back(check);
    }
  }
  messages.error(Error(first.error.code(), std::move(message)).with_context(path),
                 override_hint(checks));
  return exit_code(first.error.code());
}

}  // namespace otatool::cli
