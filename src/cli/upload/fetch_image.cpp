#include "cli/upload/fetch_image.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>
#include <vector>

#include "otatool/http/url.hpp"

#include "app/devices/target_search.hpp"
#include "app/transports/form_transport.hpp"
#include "cli/discover/browse_log.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"
#include "cli/upload/device_hints.hpp"
#include "cli/upload/push_options.hpp"
#include "cli/upload/target_choice.hpp"
#include "cli/upload/transfer.hpp"
#include "cli/upload/upload_options.hpp"
#include "cli/upload/upload_targets.hpp"

namespace otatool::cli {
namespace {

using app::KnownTarget;

Result<void> check_call(const Invocation& invocation, const std::string& url) {
  for (const char* option : {"fs", "sign", "field", "extra", "only-outdated"}) {
    if (invocation.origin(option) == Origin::CommandLine) {
      return fail(Errc::Usage,
                  fmt::format("--{} is about an image that is uploaded; with --pull-from the "
                              "device fetches it",
                              option));
    }
  }
  std::error_code ignored;
  const std::string& first = invocation.arguments().front();
  if (std::filesystem::is_regular_file(first, ignored)) {
    return fail(Errc::Usage,
                fmt::format("'{}' is a file; with --pull-from there is no IMAGE", first));
  }
  const auto image = http::parse_url(url, "/");
  if (!image || image->password || url.find("://") == std::string::npos) {
    // The text before an '@' may be a password.
    const bool may_be_shown = url.find('@') == std::string::npos;
    return fail(Errc::Usage,
                fmt::format("option '--pull-from': {} is not a URL that a device can fetch",
                            may_be_shown ? "'" + url + "'" : "a URL with a password"));
  }
  return {};
}

Result<std::vector<KnownTarget>> find_targets(Invocation& invocation) {
  TRY(UploadTargets wanted, read_upload_targets(invocation, app::Via::Form));
  TRY(app::SearchOptions options, search_options(invocation, std::move(wanted)));
  auto search = app::TargetSearch::start(std::move(options), browse_logger(invocation.messages()));
  TRY_VOID(search.find());
  return search.finish(app::TargetSearch::Wait::None);
}

/// Prints what would be done.
int print_plan(Messages& messages, std::span<const KnownTarget> targets, const std::string& url) {
  nlohmann::json rows = nlohmann::json::array();
  for (const KnownTarget& each : targets) {
    messages.result(fmt::format("{}: fetches {}", each.target.name, url));
    rows.push_back({{"target", each.target.name}, {"pull_from", url}});
  }
  messages.json_document({{"schema", 1}, {"plan", std::move(rows)}});
  return kSuccess;
}

}  // namespace

Result<int> fetch_image(Invocation& invocation, const std::string& url) {
  TRY_VOID(check_call(invocation, url));
  app::TransportSettings settings;
  TRY(settings.form, read_push_options(invocation));
  TRY(settings.form.local, read_local_end(invocation));
  TRY(const delivery::PoolOptions pool, read_pool_options(invocation));
  TRY(const std::vector<KnownTarget> known, find_targets(invocation));
  if (invocation.flag("dry-run")) {
    return print_plan(invocation.messages(), known, url);
  }
  Transfer job{{}, pool, [&](std::span<const std::size_t> indices, const Secret* password) {
                 std::vector<KnownTarget> targets;
                 for (const std::size_t index : indices) {
                   targets.push_back(known[index]);
                   if (password != nullptr) {
                     targets.back().target.credentials.password = *password;
                   }
                 }
                 return app::fetch_deliveries(url, targets, settings);
               }};
  for (const KnownTarget& each : known) {
    job.targets.push_back({each.target.name, 0, push_hint});
  }
  return transfer(invocation.messages(), job);
}

}  // namespace otatool::cli
