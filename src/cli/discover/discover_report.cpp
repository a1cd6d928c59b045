#include "cli/discover/discover_report.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

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

std::vector<std::string> row_of(const mdns::Device& device) {
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
          std::string(to_string(device.kind)),
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

json device_json(const mdns::Device& device) {
  json txt = json::object();
  for (const mdns::TxtPair& pair : device.txt) {
    txt[pair.key] = pair.value;
  }
  return {{"name", device.name},
          {"type", device.type},
          {"host", device.host},
          {"addresses", addresses_json(device)},
          {"port", device.port == 0 ? json(nullptr) : json(device.port)},
          {"board", device.board.empty() ? json(nullptr) : json(device.board)},
          {"auth", device.auth ? json(*device.auth) : json(nullptr)},
          {"kind", to_string(device.kind)},
          {"mac", device.mac.empty() ? json(nullptr) : json(device.mac)},
          {"txt", std::move(txt)},
          {"capabilities", capabilities_json(device)},
          {"first_seconds", device.stale ? json(nullptr) : json(in_seconds(device.first_heard))},
          {"age_seconds", device.stale ? json(nullptr) : json(in_seconds(device.age))},
          {"stale", device.stale}};
}

std::vector<std::string> device_table(std::span<const mdns::Device> devices, std::size_t width) {
  if (devices.empty()) {
    return {};
  }
  Table table({{"NAME"},
               {"ADDRESS"},
               {"PORT"},
               {"BOARD"},
               {"AUTH"},
               {"KIND"},
               {"CAPABILITIES"},
               {"IFACE"},
               {"AGE"}});
  for (const mdns::Device& device : devices) {
    table.add(row_of(device));
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
  return fmt::format("{}: {} sent, {} received, {} dropped{}",
                     name,
                     link.sent,
                     link.received,
                     link.dropped,
                     link.error ? ": " + link.error->message() : "");
}

}  // namespace otatool::cli
