#include "cli/upload/push_options.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <set>

#include "otatool/http/form.hpp"

#include "app/devices/host_kind.hpp"
#include "app/devices/name_search.hpp"
#include "cli/discover/browse_log.hpp"
#include "cli/discover/browse_options.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/frame/secrets.hpp"
#include "cli/io/messages.hpp"
#include "cli/upload/transfer.hpp"
#include "files/files.hpp"

namespace otatool::cli {
namespace {

/// The path and the user of the examples of both cores (espota.md 5.1).
constexpr std::string_view kDefaultTarget = "/update";
constexpr std::string_view kDefaultUser = "admin";
constexpr std::size_t kMaxPushJobs = 1'000;

/// The values of options, for every target without own ones.
struct Defaults {
  std::optional<std::string> user;
  std::optional<Secret> password;
};

Result<Defaults> read_defaults(Invocation& invocation) {
  Defaults defaults;
  defaults.user = invocation.value("user");
  const auto is_invalid = [](unsigned char c) { return c == ':' || c < ' '; };
  if (defaults.user &&
      (defaults.user->empty() || std::ranges::any_of(*defaults.user, is_invalid))) {
    return fail(Errc::Usage, fmt::format("'{}' is not a user name", *defaults.user));
  }
  TRY(defaults.password, given_password(invocation));
  return defaults;
}

std::optional<http::Login> login_for(const http::Url& url,
                                     const Defaults& defaults,
                                     const std::optional<Secret>& own) {
  const auto& password = url.password ? url.password : defaults.password ? defaults.password : own;
  if (!password) {
    return std::nullopt;
  }
  return http::Login{url.user, *password};
}

Result<http::PushTarget> target_from(const Invocation& invocation,
                                     const std::string& argument,
                                     const Defaults& defaults) {
  TRY(http::Url url, http::parse_url(argument, kDefaultTarget));
  if (url.user.empty()) {
    url.user = defaults.user.value_or(std::string(kDefaultUser));
  }
  std::optional<Secret> own;
  std::string name = url.password ? url.text() : argument;
  if (const ConfiguredDevice* device = invocation.device(url.host)) {
    url.host = device->host;
    if (device->password_file && !url.password && !defaults.password) {
      auto password = read_secret_file(*device->password_file);
      if (!password) {
        return fail(password.error().with_context(device->place));
      }
      own = std::move(*password);
    }
  }
  auto login = login_for(url, defaults, own);
  return http::PushTarget{std::move(name), std::move(url), std::move(login)};
}

/// Two images at the same time would share one staging area.
Result<void> refuse_duplicates(const std::vector<http::PushTarget>& targets) {
  std::set<std::pair<std::string_view, std::uint16_t>> known;
  for (const http::PushTarget& target : targets) {
    if (!known.emplace(target.url.host, target.url.port).second) {
      return fail(Errc::Usage,
                  fmt::format("'{}' is the second target at {}:{}; each device accepts one image",
                              target.name,
                              target.url.host,
                              target.url.port));
    }
  }
  return {};
}

void add_addresses(const mdns::Device& device, std::vector<std::string>& addresses) {
  for (const mdns::DeviceAddress& address : device.addresses) {
    if (std::ranges::find(addresses, address.ip) == addresses.end()) {
      addresses.push_back(address.ip);
    }
  }
}

/// Adds the addresses of the devices found. One device may appear twice: as a host and as a
/// service.
Result<void> locate(http::PushTarget& target, const std::vector<mdns::Device>& devices) {
  for (const mdns::Device& device : devices) {
    if (device.host != devices.front().host && !device.host.empty()) {
      return fail(Errc::Usage,
                  fmt::format("more than one device has the name '{}'", target.url.host));
    }
    add_addresses(device, target.addresses);
  }
  return {};
}

}  // namespace

Result<http::PushOptions> read_push_options(Invocation& invocation) {
  OptionReader read(invocation);
  http::PushOptions options;
  options.field = read.flag("fs") ? "filesystem" : "firmware";
  options.file_name = http::form_file_name(invocation.arguments().front());
  options.tls.verify = !read.flag("insecure");
  if (const auto path = read.text("ca")) {
    if (!options.tls.verify) {
      read.refuse(Error(Errc::Usage, "--ca and --insecure exclude each other"));
    }
    options.tls.roots = read.take(files::read_text_file(*path, files::kLargestText));
  }
  using http::AuthScheme;
  options.auth = read.choice<std::optional<AuthScheme>>(
      "auth",
      {{"auto", std::nullopt}, {"basic", AuthScheme::Basic}, {"digest", AuthScheme::Digest}},
      std::nullopt);
  options.timing.response = read.seconds("timeout", options.timing.response);
  options.timing.stall = read.seconds("stall-timeout", options.timing.stall);
  options.retries = read.number<unsigned>("retries", {0, kMaxRetries}, options.retries);
  options.jobs = read.number<std::size_t>("jobs", {1, kMaxPushJobs}, options.jobs);
  return read.finish(std::move(options));
}

Result<std::vector<http::PushTarget>> read_push_targets(Invocation& invocation) {
  TRY(const Defaults defaults, read_defaults(invocation));
  std::vector<http::PushTarget> targets;
  for (const std::string& argument : invocation.arguments().subspan(1)) {
    TRY(http::PushTarget target, target_from(invocation, argument, defaults));
    if (target.url.password) {
      invocation.messages().warning(fmt::format(
          "the password of {} is part of its URL: any user of this computer can see it in the "
          "process list",
          target.name));
    }
    targets.push_back(std::move(target));
  }
  if (targets.empty()) {
    return fail(Errc::Usage, "no URL given");
  }
  TRY_VOID(refuse_duplicates(targets));
  return targets;
}

Result<void> locate_push_targets(const Invocation& invocation,
                                 std::vector<http::PushTarget>& targets) {
  TRY(const auto search, browse_options(invocation));
  std::vector<std::string> names;
  for (const http::PushTarget& target : targets) {
    if (app::may_be_mdns(target.url.host)) {
      names.push_back(target.url.host);
    }
  }
  if (names.empty()) {
    return {};
  }
  const auto found = app::find_names(names, search, browse_logger(invocation.messages()));
  if (!found) {
    if (found.error().code() == Errc::Interrupted) {
      return fail(found.error());
    }
    // Without multicast the system's resolver may still know the names.
    invocation.messages().detail(1, found.error().message());
    return {};
  }
  for (http::PushTarget& target : targets) {
    for (const app::FoundName& resolution : *found) {
      if (resolution.name != target.url.host) {
        continue;
      }
      invocation.messages().detail(
          2, fmt::format("{}: {} devices answered", target.name, resolution.devices.size()));
      if (auto located = locate(target, resolution.devices); !located) {
        return located;
      }
    }
  }
  return {};
}

}  // namespace otatool::cli
