#include "cli/upload/upload_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>

#include "app/devices/host_kind.hpp"
#include "cli/upload/transfer.hpp"

namespace otatool::cli {
namespace {

using espota::UploadOptions;

constexpr std::array<std::string_view, 3> kAuthHashes = {"auto", "sha256", "md5"};
constexpr std::size_t kMostUploadJobs = 10'000;

template <typename Number>
bool parse_whole(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

/// `N` or `A-B`.
Result<espota::PortRange> parse_port_range(std::string_view text) {
  espota::PortRange range;
  const std::size_t dash = text.find('-');
  const std::string_view last = dash == std::string_view::npos ? text : text.substr(dash + 1);
  if (!parse_whole(text.substr(0, dash), range.first) || !parse_whole(last, range.last) ||
      range.first > range.last || (range.first == 0 && range.last != 0)) {
    return fail(Errc::Usage, fmt::format("'{}' is not a port or a range of ports A-B", text));
  }
  return range;
}

Result<void> read_waits(const Invocation& invocation, UploadOptions& options) {
  const auto timeout = invocation.seconds("timeout");
  const auto stall = invocation.seconds("stall-timeout");
  const auto wait = invocation.seconds("wait");
  for (const auto* each : {&timeout, &stall, &wait}) {
    if (!*each) {
      return fail(each->error());
    }
  }
  espota::Timing& timing = options.timing;
  if (*timeout) {
    timing.invitation = **timeout;
    timing.response = std::min(timing.response, **timeout);
    timing.connection = std::min(timing.connection, **timeout);
  }
  if (*stall) {
    timing.stall = **stall;
    timing.verdict = **stall;
  }
  if (*wait) {
    timing.invitation = **wait;
    options.persistent = true;
  }
  return {};
}

Result<void> read_numbers(const Invocation& invocation, UploadOptions& options) {
  const auto retries = invocation.number("retries", 0, kMaxRetries);
  const auto jobs = invocation.number("jobs", 1, kMostUploadJobs);
  for (const auto* each : {&retries, &jobs}) {
    if (!*each) {
      return fail(each->error());
    }
  }
  options.retries = static_cast<unsigned>(retries->value_or(options.retries));
  options.jobs = static_cast<std::size_t>(jobs->value_or(options.jobs));
  return {};
}

Result<void> read_auth_policy(const Invocation& invocation, UploadOptions& options) {
  const Result<std::size_t> hash = invocation.choice("auth-hash", kAuthHashes, 0);
  if (!hash) {
    return fail(hash.error());
  }
  if (*hash != 0) {
    options.auth.hash = *hash == 1 ? wire::AuthHash::Sha256 : wire::AuthHash::Md5;
  }
  options.auth.require_sha256 = invocation.flag("require-sha256");
  if (options.auth.require_sha256 && options.auth.hash == wire::AuthHash::Md5) {
    return fail(Errc::Usage, "--require-sha256 and --auth-hash md5 exclude each other");
  }
  return {};
}

}  // namespace

Result<UploadOptions> read_upload_options(const Invocation& invocation) {
  UploadOptions options;
  options.command = invocation.flag("fs") ? wire::Command::Filesystem : wire::Command::Flash;
  options.bind_address = invocation.value("bind").value_or("");
  if (!options.bind_address.empty() &&
      app::address_family(options.bind_address) == app::AddressFamily::None) {
    return fail(Errc::Usage, fmt::format("'{}' is not an IP address", options.bind_address));
  }
  options.any_peer = invocation.flag("any-peer");
  options.lockstep = invocation.flag("lockstep");
  if (const std::optional<std::string> ports = invocation.value("host-port")) {
    const Result<espota::PortRange> range = parse_port_range(*ports);
    if (!range) {
      return fail(range.error());
    }
    options.host_ports = *range;
  }
  for (const auto& read : {read_waits, read_numbers, read_auth_policy}) {
    if (const Result<void> done = read(invocation, options); !done) {
      return fail(done.error());
    }
  }
  return options;
}

Result<void> check_bind_address(const std::string& bind_address,
                                std::span<const espota::Target> targets) {
  const app::AddressFamily own = app::address_family(bind_address);
  if (bind_address.empty()) {
    return {};
  }
  for (const espota::Target& target : targets) {
    const app::AddressFamily family = app::address_family(target.host);
    if (family != app::AddressFamily::None && family != own) {
      return fail(
          Errc::Usage,
          fmt::format("'{}' cannot be reached from {}: one is an {} address, the other an {}",
                      target.name,
                      bind_address,
                      family == app::AddressFamily::IPv4 ? "IPv4" : "IPv6",
                      own == app::AddressFamily::IPv4 ? "IPv4" : "IPv6"));
    }
  }
  return {};
}

}  // namespace otatool::cli
