#include "cli/discover/discover_report.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/discover/capabilities.hpp"
#include "cli/io/printable.hpp"

namespace otatool::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kColumns = 9;
using Row = std::array<std::string, kColumns>;

/// The number of characters of a UTF-8 text, each of which is taken to be one column wide.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

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

Row row_of(const mdns::Device& device) {
  std::vector<std::string> addresses;
  std::vector<std::string> interfaces;
  for (const mdns::DeviceAddress& address : device.addresses) {
    addresses.push_back(address.ip);
    if (std::ranges::find(interfaces, address.interface) == interfaces.end()) {
      interfaces.push_back(address.interface);
    }
  }
  const auto known = [](std::string text) { return text.empty() ? "-" : text; };
  Row row = {known(device.name),
             joined(addresses),
             device.port == 0 ? "-" : std::to_string(device.port),
             known(device.board),
             device.auth ? (*device.auth ? "yes" : "no") : "-",
             std::string(to_string(device.kind)),
             known(capabilities_text(device)),
             joined(interfaces),
             age_of(device)};
  // Escape first: escaped text is wider.
  std::ranges::transform(row, row.begin(), [](const std::string& cell) { return printable(cell); });
  return row;
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

std::vector<std::string> device_table(std::span<const mdns::Device> devices) {
  if (devices.empty()) {
    return {};
  }
  std::vector<Row> rows{
      {"NAME", "ADDRESS", "PORT", "BOARD", "AUTH", "KIND", "CAPABILITIES", "IFACE", "AGE"}};
  std::ranges::transform(devices, std::back_inserter(rows), row_of);
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      widths[i] = std::max(widths[i], width(row[i]));
    }
  }
  std::vector<std::string> lines;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < kColumns; ++i) {
      line += row[i];
      if (i + 1 < kColumns) {
        line.append(widths[i] - width(row[i]) + 2, ' ');
      }
    }
    lines.push_back(std::move(line));
  }
  return lines;
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
                     where.empty() ? "-" : where,
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
