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
#include "cli/frame/secrets.hpp"
#include "cli/io/messages.hpp"
#include "cli/upload/transfer.hpp"
#include "files/files.hpp"

namespace otatool::cli {
namespace {

/// The path and the user of the examples of both cores (espota.md 5.1).
constexpr std::string_view kDefaultTarget = "/update";
constexpr std::string_view kDefaultUser = "admin";
constexpr std::size_t kMostPushJobs = 1'000;

/// What every target gets that says nothing else.
struct Defaults {
  std::optional<std::string> user;
  std::optional<Secret> password;
};

Result<Defaults> read_defaults(Invocation& invocation) {
  Defaults defaults;
  defaults.user = invocation.value("user");
  const auto is_odd = [](char c) { return c == ':' || (c >= 0 && c < ' '); };
  if (defaults.user && (defaults.user->empty() || std::ranges::any_of(*defaults.user, is_odd))) {
    return fail(Errc::Usage, fmt::format("'{}' is not a user name", *defaults.user));
  }
  auto password = given_password(invocation);
  if (!password) {
    return fail(password.error());
  }
  defaults.password = std::move(*password);
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
  auto url = http::parse_url(argument, kDefaultTarget);
  if (!url) {
    return fail(url.error());
  }
  if (url->user.empty()) {
    url->user = defaults.user.value_or(std::string(kDefaultUser));
  }
  std::optional<Secret> own;
  std::string name = url->password ? url->text() : argument;
  if (const ConfiguredDevice* device = invocation.device(url->host)) {
    url->host = device->host;
    if (device->password_file && !url->password && !defaults.password) {
      auto password = read_secret_file(*device->password_file);
      if (!password) {
        return fail(password.error().with_context(device->place));
      }
      own = std::move(*password);
    }
  }
  auto login = login_for(*url, defaults, own);
  return http::PushTarget{std::move(name), std::move(*url), std::move(login)};
}

/// Two images at once would end up mixed in one staging area.
Result<void> refuse_duplicates(const std::vector<http::PushTarget>& targets) {
  std::set<std::pair<std::string_view, std::uint16_t>> known;
  for (const http::PushTarget& target : targets) {
    if (!known.emplace(target.url.host, target.url.port).second) {
      return fail(Errc::Usage,
                  fmt::format("'{}' is the second target at {}:{}: one device takes one image",
                              target.name,
                              target.url.host,
                              target.url.port));
    }
  }
  return {};
}

Result<void> read_numbers(const Invocation& invocation, http::PushOptions& options) {
  const auto answer = invocation.seconds("timeout");
  const auto stall = invocation.seconds("stall-timeout");
  for (const auto* each : {&answer, &stall}) {
    if (!*each) {
      return fail(each->error());
    }
  }
  const auto retries = invocation.number("retries", 0, kMaxRetries);
  const auto jobs = invocation.number("jobs", 1, kMostPushJobs);
  for (const auto* each : {&retries, &jobs}) {
    if (!*each) {
      return fail(each->error());
    }
  }
  options.timing.response = answer->value_or(options.timing.response);
  options.timing.stall = stall->value_or(options.timing.stall);
  options.retries = static_cast<unsigned>(retries->value_or(options.retries));
  options.jobs = static_cast<std::size_t>(jobs->value_or(options.jobs));
  return {};
}

void add_addresses(const mdns::Device& device, std::vector<std::string>& addresses) {
  for (const mdns::DeviceAddress& address : device.addresses) {
    if (std::ranges::find(addresses, address.ip) == addresses.end()) {
      addresses.push_back(address.ip);
    }
  }
}

/// One device may stand there twice: as a host, and by a service of it.
Result<void> locate(http::PushTarget& target, const std::vector<mdns::Device>& devices) {
  for (const mdns::Device& device : devices) {
    if (device.host != devices.front().host && !device.host.empty()) {
      return fail(Errc::Usage, fmt::format("more than one device is called '{}'", target.url.host));
    }
    add_addresses(device, target.addresses);
  }
  return {};
}

}  // namespace

Result<http::PushOptions> read_push_options(const Invocation& invocation) {
  http::PushOptions options;
  options.field = invocation.flag("fs") ? "filesystem" : "firmware";
  options.file_name = http::form_file_name(invocation.arguments().front());
  options.tls.verify = !invocation.flag("insecure");
  if (const auto path = invocation.value("ca")) {
    if (!options.tls.verify) {
      return fail(Errc::Usage, "--ca and --insecure exclude each other");
    }
    auto roots = files::read_text_file(*path, files::kLargestText);
    if (!roots) {
      return fail(roots.error());
    }
    options.tls.roots = std::move(*roots);
  }
  constexpr std::array<std::string_view, 3> kSchemes = {"auto", "basic", "digest"};
  TRY(const std::size_t scheme, invocation.choice("auth", kSchemes, 0));
  if (scheme != 0) {
    options.auth = scheme == 1 ? http::AuthScheme::Basic : http::AuthScheme::Digest;
  }
  if (const auto numbers = read_numbers(invocation, options); !numbers) {
    return fail(numbers.error());
  }
  return options;
}

Result<std::vector<http::PushTarget>> read_push_targets(Invocation& invocation) {
  const auto defaults = read_defaults(invocation);
  if (!defaults) {
    return fail(defaults.error());
  }
  std::vector<http::PushTarget> targets;
  for (const std::string& argument : invocation.arguments().subspan(1)) {
    auto target = target_from(invocation, argument, *defaults);
    if (!target) {
      return fail(target.error());
    }
    if (target->url.password) {
      invocation.messages().warning(fmt::format(
          "the password of {} stands in the address, and so in the process list", target->name));
    }
    targets.push_back(std::move(*target));
  }
  if (targets.empty()) {
    return fail(Errc::Usage, "no address is named");
  }
  if (const auto unique = refuse_duplicates(targets); !unique) {
    return fail(unique.error());
  }
  return targets;
}

Result<void> locate_push_targets(const Invocation& invocation,
                                 std::vector<http::PushTarget>& targets) {
  const auto search = browse_options(invocation);
  if (!search) {
    return fail(search.error());
  }
  std::vector<std::string> names;
  for (const http::PushTarget& target : targets) {
    if (app::may_be_mdns(target.url.host)) {
      names.push_back(target.url.host);
    }
  }
  if (names.empty()) {
    return {};
  }
  const auto found = app::find_names(names, *search, browse_logger(invocation.messages()));
  if (!found) {
    if (found.error().code() == Errc::Interrupted) {
      return fail(found.error());
    }
    // Without a network for multicast the system may know the names all the same.
    invocation.messages().detail(1, found.error().message());
    return {};
  }
  for (http::PushTarget& target : targets) {
    for (const mdns::Resolution& resolution : *found) {
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
