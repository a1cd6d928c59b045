#include "cli/device/device_http_options.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <span>

#include "otatool/http/device_request.hpp"

#include "cli/frame/invocation.hpp"
#include "files/files.hpp"

namespace otatool::cli {
namespace {

/// Options that require --pull.
constexpr std::array<std::string_view, 7> kPullOnly = {
    "interval", "ca", "insecure", "mac", "sketch-version", "fs", "fs-version"};
/// Options that require --http.
constexpr std::array<std::string_view, 2> kFormOnly = {"user", "http-auth"};

Result<void> refuse_without(const Invocation& invocation,
                            std::string_view missing,
                            std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    if (invocation.origin(name) == Origin::CommandLine) {
      return fail(Errc::Usage, fmt::format("--{} requires --{}", name, missing));
    }
  }
  return {};
}

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
    auto roots = files::read_text_file(*path, files::kLargestText);
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
  pull.filesystem = invocation.flag("fs");
  pull.filesystem_version = invocation.value("fs-version").value_or("");
  for (const std::string& version : {pull.version, pull.filesystem_version}) {
    if (!is_plain(version)) {
      return fail(Errc::Usage,
                  fmt::format("'{}' is not a version of printable ASCII characters", version));
    }
  }
  return pull;
}

Result<device::FormOptions> read_form(const Invocation& invocation, std::uint64_t port) {
  constexpr std::array<std::string_view, 2> kSchemes = {"basic", "digest"};
  const auto scheme = invocation.choice("http-auth", kSchemes, 0);
  if (!scheme) {
    return fail(scheme.error());
  }
  device::FormOptions form;
  form.port = static_cast<std::uint16_t>(port);
  form.user = invocation.value("user").value_or(form.user);
  form.digest = *scheme == 1;
  return form;
}

}  // namespace

Result<void> read_device_http(const Invocation& invocation, device::DeviceOptions& options) {
  const auto port = invocation.number("http", 0, 65535);
  if (!port) {
    return fail(port.error());
  }
  if (!*port) {
    if (auto refused = refuse_without(invocation, "http", kFormOnly); !refused) {
      return refused;
    }
  } else {
    auto form = read_form(invocation, **port);
    if (!form) {
      return fail(form.error());
    }
    options.form = std::move(*form);
  }
  const auto address = invocation.value("pull");
  if (!address) {
    return refuse_without(invocation, "pull", kPullOnly);
  }
  auto pull = read_pull(invocation, *address);
  if (!pull) {
    return fail(pull.error());
  }
  options.pull = std::move(*pull);
  return {};
}

}  // namespace otatool::cli
