#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "otatool/espota/target_list.hpp"
#include "otatool/overloaded.hpp"
#include "otatool/unix_time.hpp"

#include "app/devices/host_kind.hpp"
#include "app/devices/subnet.hpp"
#include "cli/discover/browse_log.hpp"
#include "cli/discover/browse_options.hpp"
#include "cli/discover/device_probe.hpp"
#include "cli/discover/discover_report.hpp"
#include "cli/discover/no_device_hint.hpp"
#include "cli/discover/pluggable.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/hints.hpp"
#include "cli/io/messages.hpp"

namespace otatool::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array kDiscoverExamples = {
    Example{"otatool discover", "list every device that answers within 2.5 seconds"},
    Example{"otatool discover kitchen", "one device, as soon as it answers (else exit code 3)"},
    Example{"otatool discover 192.168.1.7", "by address: without multicast, also through routers"},
    Example{"otatool discover 192.168.1.0/24", "every address of a subnet, without multicast"},
    Example{"otatool discover 'lamp-*' --json", "every device whose name matches, as JSON"},
    Example{"otatool discover --watch", "report found, changed and lost devices until Ctrl-C"},
};

constexpr std::array kDiscoverOptions = {
    Option{.name = "type",
           .value = "TYPE",
           .help = "service type to look for (_arduino._tcp and _esphomelib._tcp)",
           .repeatable = true},
    Option{.name = "all",
           .help = "also search for WLED, Shelly, Tasmota and other firmwares with updates"},
    kProbeOption,
    Option{.name = "timeout", .value = "S", .help = "seconds to look for devices (2.5)"},
    Option{.name = "count", .value = "N", .help = "end once N devices are found"},
    Option{.name = "watch", .help = "keep searching; report found, changed and lost devices"},
    Option{.name = "stale",
           .help = "also list devices that avahi-daemon has cached and that do not answer"},
    Option{.name = "fail-empty", .help = "exit code 3 if no device is found"},
    kInterfaceOption,
    kBackendOption,
    kMdnsPortOption,
    Option{.name = "pluggable", .help = "serve Arduino's pluggable discovery on stdin and stdout"},
};

/// The devices that the user searches for.
struct Wanted {
  std::optional<std::string> name;  ///< a name or the only IP literal
  bool is_address = false;          ///< the search is for addresses, whatever the names there
  std::optional<std::string> glob;
  std::optional<std::size_t> count;
  bool stale = false;

  [[nodiscard]] bool accepts(const mdns::Device& device) const {
    return (!name || is_address || mdns::is_named(device, *name)) &&
           (!glob || mdns::name_matches_glob(device, *glob)) && (stale || !device.stale);
  }
};

struct DiscoverRequest {
  mdns::BrowseOptions options;
  Wanted wanted;
  std::optional<std::chrono::milliseconds> timeout;
  bool probe = false;
};

/// True for an address in the form of a URL: `[fe80::1%eth0]`.
bool is_bracketed_address(std::string_view text) {
  return text.starts_with('[') && text.ends_with(']') &&
         app::kind_of_name(text.substr(1, text.size() - 2)) == app::NameKind::Address;
}

/// Adds the device that the argument names to the request.
Result<void> read_argument(const std::string& argument, DiscoverRequest& request) {
  Wanted& wanted = request.wanted;
  if (argument.empty()) {
    return fail(Errc::Usage, "the name to search for is empty");
  }
  if (app::is_subnet(argument)) {
    wanted.is_address = true;
    return add_subnet(argument, request.options);
  }
  wanted.name = is_bracketed_address(argument) ? argument.substr(1, argument.size() - 2) : argument;
  wanted.is_address = app::kind_of_name(*wanted.name) == app::NameKind::Address;
  if (const auto host = espota::parse_host_port(argument); host && host->port) {
    return fail(Errc::Usage,
                fmt::format("'{}': a search takes a name or an address without a port; use '{}'",
                            argument,
                            host->host));
  }
  if (!wanted.is_address && argument.find_first_of("*?[") != std::string::npos) {
    wanted.glob = std::exchange(wanted.name, std::nullopt);
  } else {
    (wanted.is_address ? request.options.hosts : request.options.names).push_back(*wanted.name);
  }
  return {};
}

/// One name or pattern, or any number of addresses and subnets.
Result<void> read_arguments(std::span<const std::string> arguments, DiscoverRequest& request) {
  for (const std::string& argument : arguments) {
    request.wanted.is_address = false;
    TRY_VOID(read_argument(argument, request));
    if (arguments.size() > 1 && !request.wanted.is_address) {
      return fail(
          Errc::Usage,
          fmt::format("several arguments must all be addresses or subnets; '{}' is not", argument));
    }
  }
  if (request.options.hosts.size() > 1 || arguments.size() > 1) {
    request.wanted.name.reset();
  }
  return {};
}

/// The client of the protocol controls the search, so most options are meaningless.
Result<void> check_pluggable(const Invocation& invocation) {
  constexpr std::array<std::string_view, 7> kMeaningless = {
      "count", "probe", "watch", "json", "timeout", "stale", "fail-empty"};
  if (!invocation.arguments().empty()) {
    return fail(
        Errc::Usage,
        fmt::format("argument '{}' cannot be used with --pluggable, which reports every device",
                    invocation.arguments().front()));
  }
  for (const std::string_view option : kMeaningless) {
    if (invocation.origin(option) == Origin::CommandLine) {
      return fail(Errc::Usage,
                  fmt::format("option '--{}' cannot be used with --pluggable", option));
    }
  }
  return {};
}

Result<DiscoverRequest> discover_request(Invocation& invocation) {
  TRY(auto options, browse_options(invocation));
  OptionReader read(invocation);
  DiscoverRequest request{
      .options = std::move(options), .wanted = {}, .timeout = read.seconds("timeout")};
  request.wanted.count = read.number<std::size_t>("count", {1, 100'000});
  request.wanted.stale = read.flag("stale");
  request.options.watch = read.flag("watch");
  request.probe = read.flag(kProbeOption.name);
  if (request.probe && request.options.watch) {
    read.refuse(Error(Errc::Usage, "--probe asks once; it cannot be used with --watch"));
  }
  const std::vector<std::string> types = read.texts("type");
  if (read.flag("all")) {
    request.options.types = mdns::all_types();
    request.options.only_updatable_http = std::ranges::find(types, "_http._tcp") == types.end();
    request.options.types.insert(request.options.types.end(), types.begin(), types.end());
  } else if (!types.empty()) {
    request.options.types = types;
  }
  read.take(read_arguments(invocation.arguments(), request));
  request.options.timeout = request.timeout.value_or(request.options.timeout);
  return read.finish(std::move(request));
}

/// One search, reported continuously with --watch, and otherwise at its end.
class Search {
 public:
  Search(Messages& messages, const DiscoverRequest& request, mdns::Browser& browser)
      : messages_(messages), request_(request), browser_(browser) {}

  Result<int> run(bool fail_empty);

 private:
  /// The result if the search has failed.
  std::optional<Result<int>> take(const mdns::BrowseEvent& event);
  Result<int> refuse(const mdns::BrowseFailed& failed);
  void found(const mdns::Device& device);
  void report(std::string_view event, const mdns::Device& device);
  [[nodiscard]] std::vector<mdns::Device> devices() const;
  [[nodiscard]] std::string hint() const;
  Result<int> conclude(bool fail_empty);
  [[nodiscard]] std::optional<std::chrono::milliseconds> time_left() const;

  Messages& messages_;
  const DiscoverRequest& request_;
  mdns::Browser& browser_;
  Clock::time_point began_ = Clock::now();
  std::size_t found_ = 0;
  bool enough_ = false;
  bool interrupted_ = false;
};

Result<int> Search::run(bool fail_empty) {
  for (;;) {
    const mdns::BrowseEvent event = browser_.next(time_left());
    if (const auto end = take(event)) {
      return *end;
    }
    const bool over = std::holds_alternative<mdns::BrowseEnded>(event) ||
                      std::holds_alternative<mdns::TimePassed>(event);
    if (enough_ || over || messages_.output_closed()) {
      return conclude(fail_empty);
    }
  }
}

/// The browser does not apply the timeout to a watch.
std::optional<std::chrono::milliseconds> Search::time_left() const {
  if (!request_.options.watch || !request_.timeout) {
    return std::nullopt;
  }
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_);
  return std::max(*request_.timeout - passed, std::chrono::milliseconds(0));
}

std::optional<Result<int>> Search::take(const mdns::BrowseEvent& event) {
  log_browse_event(messages_, event);
  std::optional<Result<int>> end;
  std::visit(Overloaded{
                 [&](const mdns::DeviceFound& each) { found(each.device); },
                 [&](const mdns::DeviceChanged& each) { report("changed", each.device); },
                 [&](const mdns::DeviceLost& each) { report("lost", each.device); },
                 [&](const mdns::BrowseFailed& failed) { end = refuse(failed); },
                 [&](const mdns::BrowseEnded& ended) { interrupted_ = ended.interrupted; },
                 [](const auto&) {},
             },
             event);
  return end;
}

Result<int> Search::refuse(const mdns::BrowseFailed& failed) {
  if (!failed.library_missing) {
    return fail(failed.error);
  }
  messages_.error(failed.error,
                  "install the library (Debian: 'apt install libavahi-client3'), or search without "
                  "--backend avahi");
  return exit_code(failed.error.code());
}

void Search::found(const mdns::Device& device) {
  report("found", device);
  if (request_.wanted.accepts(device)) {
    ++found_;
    enough_ = request_.wanted.count && found_ >= *request_.wanted.count;
  }
}

void Search::report(std::string_view event, const mdns::Device& device) {
  if (request_.options.watch && request_.wanted.accepts(device)) {
    const std::int64_t time = unix_time();
    messages_.result(fmt::format("{:%H:%M:%S} {}",
                                 fmt::localtime(static_cast<std::time_t>(time)),
                                 device_line(event, device)));
    messages_.json_line({{"event", event}, {"time", time}, {"device", device_json(device)}});
  }
}

std::vector<mdns::Device> Search::devices() const {
  std::vector<mdns::Device> devices = browser_.devices();
  std::erase_if(devices,
                [this](const mdns::Device& each) { return !request_.wanted.accepts(each); });
  return devices;
}

/// The reason why no device was found, as far as the search shows it.
std::string Search::hint() const {
  if (!request_.options.hosts.empty()) {
    return "no reply to unicast mDNS queries; 'otatool doctor ADDRESS' tests one device";
  }
  if (request_.options.backend == mdns::Backend::Avahi || !browser_.devices().empty()) {
    return std::string(hint_for(Errc::NotFound));
  }
  return no_device_hint(browser_.links());
}

Result<int> Search::conclude(bool fail_empty) {
  std::vector<mdns::Device> devices = this->devices();
  Identities identities;
  if (request_.probe && !interrupted_) {
    identities = probe_devices(request_.options.hosts, devices);
  }
  std::size_t lost = 0;
  for (const mdns::LinkReport& link : browser_.links()) {
    messages_.detail(1, link_line(link));
    lost += link.lost;
  }
  const bool answered = std::ranges::any_of(devices, [](const auto& each) { return !each.stale; });
  if (!request_.options.watch) {
    if (!answered && request_.wanted.name && devices.empty() && !interrupted_) {
      const Error error(
          Errc::NotFound,
          fmt::format("no device '{}' answers on this network", *request_.wanted.name));
      messages_.error(error, hint());
      return exit_code(error.code());
    }
    for (const std::string& line : device_table(devices, messages_.result_width(), identities)) {
      messages_.result(line);
    }
    if (devices.empty() && interrupted_) {
      messages_.note("interrupted; no devices found until then");
    } else if (devices.empty()) {
      messages_.note("no devices found");
      messages_.note(fmt::format("hint: {}", hint()));
    }
    nlohmann::json list = nlohmann::json::array();
    identities.resize(devices.size());
    for (std::size_t i = 0; i < devices.size(); ++i) {
      list.push_back(device_json(devices[i], identities[i]));
    }
    nlohmann::json document = {{"schema", 1}, {"devices", std::move(list)}};
    if (lost > 0) {
      document["lost_packets"] = lost;
    }
    messages_.json_document(document);
  }
  if (interrupted_) {
    return kInterrupted;
  }
  const bool needed = fail_empty || request_.wanted.name.has_value();
  return !answered && found_ == 0 && needed ? kTargetNotFound : kSuccess;
}

Result<int> run_discover(Invocation& invocation) {
  if (invocation.flag("pluggable")) {
    TRY_VOID(check_pluggable(invocation));
  }
  TRY(const auto request, discover_request(invocation));
  if (invocation.flag("pluggable")) {
    return run_pluggable(invocation.messages(), request.options);
  }
  TRY(auto browser, mdns::Browser::open(request.options));
  return Search(invocation.messages(), request, browser).run(invocation.flag("fail-empty"));
}

}  // namespace

const Command kDiscoverCommand{
    .name = "discover",
    .summary = "find devices on the network",
    .arguments = "[NAME|GLOB|ADDRESS|SUBNET]...",
    .examples = kDiscoverExamples,
    .options = kDiscoverOptions,
    .run = run_discover,
    .max_arguments = kUnlimited,
};

}  // namespace otatool::cli
