#include "cli/discover/discover_report.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/devices/device_facts.hpp"
#include "app/transports/transport.hpp"
#include "cli/discover/capabilities.hpp"
#include "cli/io/text_layout.hpp"

namespace otatool::cli {
namespace {

using nlohmann::json;

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) {
    all += (all.empty() ? "" : ",") + text;
  }
  return all.empty() ? "-" : all;
}

double in_seconds(mdns::Millis time) {
  return static_cast<double>(time.count()) / 1000;
}

std::string age_of(const mdns::Device& device) {
  return device.stale ? "stale" : fmt::format("{:.1f} s", in_seconds(device.age));
}

using Identity = std::optional<http::DeviceIdentity>;

/// The way that `upload` would use; empty if the device shows none.
std::string_view way_of(const mdns::Device& device, const Identity& identity) {
  if (identity && http::is_definite(identity->family)) {
    return app::transport_of(app::Via::Form).name;
  }
  const app::Via via = app::via_of(device);
  return via == app::Via::Undecided ? "" : app::transport_of(via).name;
}

std::string known_version(const mdns::Device& device, const Identity& identity) {
  return identity && !identity->version.empty() ? identity->version : app::version_of(device);
}

json text_or_null(const std::string& text) {
  return text.empty() ? json(nullptr) : json(text);
}

std::vector<std::string> row_of(const mdns::Device& device, const Identity& identity) {
  std::vector<std::string> addresses;
  std::vector<std::string> interfaces;
  for (const mdns::DeviceAddress& address : device.addresses) {
    addresses.push_back(address.ip);
    if (std::ranges::find(interfaces, address.interface) == interfaces.end()) {
      interfaces.push_back(address.interface);
    }
  }
  const auto known = [](std::string text) { return text.empty() ? "-" : text; };
  return {known(device.name),
          joined(addresses),
          device.port == 0 ? "-" : std::to_string(device.port),
          known(device.board),
          device.auth ? (*device.auth ? "yes" : "no") : "-",
          std::string(identity ? to_string(identity->family) : to_string(device.kind)),
          known(known_version(device, identity)),
          known(std::string(way_of(device, identity))),
          known(capabilities_text(device)),
          joined(interfaces),
          age_of(device)};
}

json addresses_json(const mdns::Device& device) {
  json addresses = json::array();
  for (const mdns::DeviceAddress& address : device.addresses) {
    addresses.push_back({{"ip", address.ip},
                         {"iface", address.interface},
                         {"family", address.ipv6 ? "ipv6" : "ipv4"}});
  }
  return addresses;
}

}  // namespace

json device_json(const mdns::Device& device, const Identity& identity) {
  json txt = json::object();
  for (const mdns::TxtPair& pair : device.txt) {
    txt[pair.key] = pair.value;
  }
  return {{"name", device.name},
          {"type", device.type},
          {"host", device.host},
          {"addresses", addresses_json(device)},
          {"port", device.port == 0 ? json(nullptr) : json(device.port)},
          {"board", text_or_null(device.board)},
          {"auth", device.auth ? json(*device.auth) : json(nullptr)},
          {"kind", to_string(device.kind)},
          {"family", identity ? json(to_string(identity->family)) : json(nullptr)},
          {"version", text_or_null(known_version(device, identity))},
          {"via", text_or_null(std::string(way_of(device, identity)))},
          {"mac", text_or_null(device.mac)},
          {"txt", std::move(txt)},
          {"capabilities", capabilities_json(device)},
          {"first_seconds", device.stale ? json(nullptr) : json(in_seconds(device.first_heard))},
          {"age_seconds", device.stale ? json(nullptr) : json(in_seconds(device.age))},
          {"stale", device.stale}};
}

std::vector<std::string> device_table(std::span<const mdns::Device> devices,
                                      std::size_t width,
                                      const Identities& identities) {
  if (devices.empty()) {
    return {};
  }
  Table table({{.heading = "NAME"},
               {.heading = "ADDRESS"},
               {.heading = "PORT", .omitted_first = 1},
               {.heading = "BOARD", .omitted_first = 2},
               {.heading = "AUTH"},
               {.heading = "KIND"},
               {.heading = "VERSION"},
               {.heading = "VIA"},
               {.heading = "CAPABILITIES", .omitted_first = 3},
               {.heading = "IFACE", .omitted_first = 4},
               {.heading = "AGE", .omitted_first = 5}});
  for (std::size_t i = 0; i < devices.size(); ++i) {
    table.add(row_of(devices[i], i < identities.size() ? identities[i] : std::nullopt));
  }
  return table.lines(width);
}

std::string device_line(std::string_view event, const mdns::Device& device) {
  std::string where;
  for (const mdns::DeviceAddress& address : device.addresses) {
    where += (where.empty() ? "" : ",") + address.ip;
  }
  const std::string board = device.board.empty() ? "" : ", " + device.board;
  const std::string auth = device.auth.value_or(false) ? ", password" : "";
  const std::string capabilities = capabilities_text(device);
  return fmt::format("{:<8}{} {} port {} ({}{}{}{})",
                     event,
                     device.name,
                     where.empty() ? device.heard_from : where,
                     device.port,
                     to_string(device.kind),
                     board,
                     auth,
                     capabilities.empty() ? "" : ", " + capabilities);
}

std::string link_line(const mdns::LinkReport& link) {
  const std::string name =
      link.interface.empty()
          ? "unicast"
          : fmt::format("{} {} {}", link.interface, link.ipv6 ? "IPv6" : "IPv4", link.address);
  return fmt::format("{}: {} sent, {} received, {} dropped{}{}",
                     name,
                     link.sent,
                     link.received,
                     link.dropped,
                     link.lost == 0 ? "" : fmt::format(", {} lost", link.lost),
                     link.error ? ": " + link.error->message() : "");
}

}  // namespace otatool::cli
