#include "cli/device_http_options.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "otatool/http/device_request.hpp"

#include "cli/files.hpp"
#include "cli/invocation.hpp"

namespace otatool::cli {
namespace {

/// Options that mean nothing without a server to ask.
constexpr std::array<std::string_view, 5> kPullOnly = {
    "interval", "ca", "insecure", "mac", "sketch-version"};

bool is_plain(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7F'; });
}

Result<http::TlsClientSettings> read_trust(const Invocation& invocation) {
  http::TlsClientSettings tls;
  tls.verify = !invocation.flag("insecure");
  if (const auto path = invocation.value("ca")) {
    if (!tls.verify) {
      return fail(Errc::Usage, "--ca and --insecure exclude each other");
    }
    auto roots = read_text_file(*path, kLargestText);
    if (!roots) {
      return fail(roots.error());
    }
    tls.roots = std::move(*roots);
  }
  return tls;
}

Result<device::PullOptions> read_pull(const Invocation& invocation, const std::string& address) {
  device::PullOptions pull;
  auto url = http::parse_url(address, "/update");
  if (!url) {
    return fail(url.error());
  }
  pull.url = std::move(*url);
  const auto interval = invocation.seconds("interval");
  if (!interval) {
    return fail(interval.error());
  }
  pull.interval = interval->value_or(pull.interval);
  auto tls = read_trust(invocation);
  if (!tls) {
    return fail(tls.error());
  }
  pull.tls = std::move(*tls);
  if (const auto text = invocation.value("mac")) {
    const auto mac = http::canonical_mac(*text);
    if (!mac) {
      return fail(Errc::Usage, fmt::format("'{}' is not a MAC address", *text));
    }
    pull.mac = *mac;
  }
  pull.version = invocation.value("sketch-version").value_or("");
  if (!is_plain(pull.version)) {
    return fail(Errc::Usage, fmt::format("'{}' cannot be sent as a version", pull.version));
  }
  return pull;
}

}  // namespace

Result<void> read_device_http(const Invocation& invocation, device::DeviceOptions& options) {
  const auto port = invocation.number("http", 0, 65535);
  if (!port) {
    return fail(port.error());
  }
  if (*port) {
    options.form.emplace();
    options.form->port = static_cast<std::uint16_t>(**port);
    options.form->user = invocation.value("user").value_or(options.form->user);
  } else if (invocation.origin("user") == Origin::CommandLine) {
    return fail(Errc::Usage, "--user is for the upload page, and there is none without --http");
  }
  const auto address = invocation.value("pull");
  if (!address) {
    for (const std::string_view name : kPullOnly) {
      if (invocation.origin(name) == Origin::CommandLine) {
        return fail(Errc::Usage, fmt::format("--{} means nothing without --pull", name));
      }
    }
    return {};
  }
  auto pull = read_pull(invocation, *address);
  if (!pull) {
    return fail(pull.error());
  }
  options.pull = std::move(*pull);
  return {};
}

}  // namespace otatool::cli
