#include "cli/upload/upload_options.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "otatool/number.hpp"

#include "app/devices/host_kind.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/upload/transfer.hpp"

namespace otatool::cli {
namespace {

using app::AddressFamily;
using espota::UploadOptions;

constexpr std::size_t kMaxJobs = 10'000;

/// `N` or `A-B`.
Result<espota::PortRange> parse_port_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = parse_number<std::uint16_t>(text.substr(0, dash));
  const auto last =
      dash == std::string_view::npos ? first : parse_number<std::uint16_t>(text.substr(dash + 1));
  if (!first || !last || *first > *last || (*first == 0 && *last != 0)) {
    return fail(Errc::Usage, fmt::format("'{}' is not a port N or a range of ports A-B", text));
  }
  return espota::PortRange{*first, *last};
}

Result<std::string> parse_bind_address(const std::string& text) {
  if (app::address_family(text) == AddressFamily::None) {
    return fail(Errc::Usage, fmt::format("'{}' is not an IP address", text));
  }
  return text;
}

void read_times(OptionReader& read, UploadOptions& options) {
  espota::Timing& timing = options.timing;
  if (const auto timeout = read.seconds("timeout")) {
    timing.invitation = *timeout;
    timing.response = std::min(timing.response, *timeout);
    timing.connection = *timeout;
  }
  if (const auto stall = read.seconds("stall-timeout")) {
    timing.stall = *stall;
    timing.verdict = *stall;
  }
  if (const auto wait = read.seconds("wait")) {
    timing.invitation = *wait;
    options.persistent = true;
  }
}

void read_auth_policy(OptionReader& read, espota::AuthPolicy& policy) {
  using wire::AuthHash;
  policy.hash = read.choice<std::optional<AuthHash>>(
      "auth-hash",
      {{"auto", std::nullopt}, {"sha256", AuthHash::Sha256}, {"md5", AuthHash::Md5}},
      std::nullopt);
  policy.require_sha256 = read.flag("require-sha256");
  if (policy.require_sha256 && policy.hash == AuthHash::Md5) {
    read.refuse(Error(Errc::Usage, "--require-sha256 and --auth-hash md5 exclude each other"));
  }
}

}  // namespace

Result<UploadOptions> read_upload_options(Invocation& invocation) {
  OptionReader read(invocation);
  UploadOptions options;
  options.command = read.flag("fs") ? wire::Command::Filesystem : wire::Command::Flash;
  options.bind_address = read.parsed("bind", parse_bind_address, std::string());
  if (const auto interfaces = read.texts("iface"); interfaces.size() == 1) {
    options.interface = interfaces.front();
  }
  options.any_peer = read.flag("any-peer");
  options.lockstep = read.flag("lockstep");
  options.host_ports = read.parsed("host-port", parse_port_range, espota::PortRange{});
  read_times(read, options);
  options.retries = read.number<unsigned>("retries", {0, kMaxRetries}, options.retries);
  options.jobs = read.number<std::size_t>("jobs", {1, kMaxJobs}, options.jobs);
  read_auth_policy(read, options.auth);
  return read.finish(std::move(options));
}

Result<void> check_bind_address(const std::string& bind_address,
                                std::span<const espota::Target> targets) {
  if (bind_address.empty()) {
    return {};
  }
  const AddressFamily own = app::address_family(bind_address);
  for (const espota::Target& target : targets) {
    const AddressFamily family = app::address_family(target.host);
    if (family != AddressFamily::None && family != own) {
      return fail(
          Errc::Usage,
          fmt::format("'{}' cannot be reached from {}: one is an {} address, the other an {}",
                      target.name,
                      bind_address,
                      family == AddressFamily::IPv4 ? "IPv4" : "IPv6",
                      own == AddressFamily::IPv4 ? "IPv4" : "IPv6"));
    }
  }
  return {};
}

}  // namespace otatool::cli
