#include "cli/upload/confirm_options.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "app/devices/device_identity.hpp"
#include "cli/io/messages.hpp"
#include "cli/io/terminal.hpp"

namespace otatool::cli {
namespace {

constexpr std::chrono::milliseconds kUsualConfirm{60'000};

/// A person watches the upload.
bool is_watched(const Messages& messages) {
  return !messages.json() && is_terminal(STDOUT_FILENO) && is_terminal(STDERR_FILENO);
}

}  // namespace

Result<std::optional<std::chrono::milliseconds>> read_confirm(const Invocation& invocation) {
  using Limit = std::optional<std::chrono::milliseconds>;
  const auto wanted = invocation.origin(kConfirmOption.name);
  const auto unwanted = invocation.origin(kNoConfirmOption.name);
  if (wanted && unwanted && *wanted == *unwanted) {
    return fail(Errc::Usage, "--confirm and --no-confirm exclude each other");
  }
  if (!wanted && !unwanted) {
    return is_watched(invocation.messages()) ? Limit(kUsualConfirm) : Limit();
  }
  if (!wanted || (unwanted && *unwanted < *wanted)) {
    return Limit();
  }
  if (invocation.value(kConfirmOption.name)->empty()) {
    return Limit(kUsualConfirm);
  }
  return invocation.seconds(kConfirmOption.name);
}

Result<void> read_image_identity(const Invocation& invocation,
                                 const app::ExaminedFile& file,
                                 delivery::PoolOptions& pool) {
  pool.image = app::image_identity(file, invocation.flag("fs"));
  pool.image.version = invocation.value(kImageVersionOption.name).value_or(pool.image.version);
  pool.only_outdated = invocation.flag(kOnlyOutdatedOption.name);
  if (pool.only_outdated && pool.image.version.empty()) {
    return fail(Errc::Usage,
                fmt::format("{} states no version; --only-outdated needs --version V", file.path));
  }
  return {};
}

}  // namespace otatool::cli
