#include "cli/upload/upload_options.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "otatool/number.hpp"

#include "app/devices/host_kind.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/upload/transfer.hpp"

namespace otatool::cli {
namespace {

using app::AddressFamily;
using espota::UploadOptions;

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

Result<delivery::LocalEnd> read_local_end(Invocation& invocation) {
  OptionReader read(invocation);
  delivery::LocalEnd local;
  local.address = read.parsed(kBindOption.name, parse_bind_address, std::string());
  if (auto interfaces = read.texts("iface"); interfaces.size() == 1) {
    local.interface = std::move(interfaces.front());
  }
  return read.finish(std::move(local));
}

Result<UploadOptions> read_upload_options(Invocation& invocation) {
  OptionReader read(invocation);
  UploadOptions options;
  options.command = read.flag("fs") ? wire::Command::Filesystem : wire::Command::Flash;
  options.local = read.take(read_local_end(invocation));
  options.any_peer = read.flag("any-peer");
  options.lockstep = read.flag("lockstep");
  options.host_ports = read.parsed("host-port", parse_port_range, espota::PortRange{});
  read_times(read, options);
  read_auth_policy(read, options.auth);
  return read.finish(std::move(options));
}

esphome::Options read_esphome_options(const UploadOptions& options) {
  esphome::Options esphome;
  esphome.require_sha256 = options.auth.require_sha256;
  esphome.lockstep = options.lockstep;
  esphome.local = options.local;
  esphome.timing.connection = std::min(esphome.timing.connection, options.timing.invitation);
  esphome.timing.data = std::max(esphome.timing.data, options.timing.stall);
  return esphome;
}

Result<delivery::PoolOptions> read_upload_pool(Invocation& invocation,
                                               const UploadOptions& options) {
  TRY(delivery::PoolOptions pool, read_pool_options(invocation));
  if (options.host_ports.first != 0) {
    // A target without a free port of the range would use up its time limits while it waits.
    pool.jobs =
        std::min<std::size_t>(pool.jobs, options.host_ports.last - options.host_ports.first + 1U);
  }
  if (options.persistent) {
    pool.lookup_time = options.timing.invitation;
  }
  return pool;
}

Result<void> check_bind_address(const std::string& bind_address,
                                std::span<const app::KnownTarget> targets) {
  if (bind_address.empty()) {
    return {};
  }
  const AddressFamily own = app::address_family(bind_address);
  for (const app::KnownTarget& known : targets) {
    const espota::Target& target = known.target;
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
