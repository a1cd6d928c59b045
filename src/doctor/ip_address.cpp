#include "doctor/ip_address.hpp"

#include <algorithm>
#include <vector>

#include "otatool/number.hpp"

namespace otatool::doctor {
namespace {

constexpr std::size_t kGroups = 8;

std::optional<IpAddress> parse_ipv4(std::string_view text) {
  IpAddress address{};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t end = std::min(text.find('.'), text.size());
    const auto byte = parse_number<std::uint8_t>(text.substr(0, end));
    if (!byte || (i == 3) != (end == text.size())) {
      return std::nullopt;
    }
    address[i] = *byte;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return address;
}

/// Groups of 16 bits, separated by colons; empty text has none.
std::optional<std::vector<std::uint16_t>> parse_groups(std::string_view text) {
  std::vector<std::uint16_t> groups;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(':'), text.size());
    const auto group = parse_number<std::uint16_t>(text.substr(0, end), 16);
    if (!group || end + 1 == text.size()) {
      return std::nullopt;
    }
    groups.push_back(*group);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return groups;
}

std::optional<IpAddress> parse_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  const bool has_gap = gap != std::string_view::npos;
  auto groups = parse_groups(text.substr(0, gap));
  const auto tail = has_gap ? parse_groups(text.substr(gap + 2)) : std::vector<std::uint16_t>();
  if (!groups || !tail || groups->size() + tail->size() > (has_gap ? kGroups - 1 : kGroups)) {
    return std::nullopt;
  }
  if (has_gap) {
    groups->resize(kGroups - tail->size());
    groups->insert(groups->end(), tail->begin(), tail->end());
  }
  if (groups->size() != kGroups) {
    return std::nullopt;
  }
  IpAddress address{};
  for (std::size_t i = 0; i < kGroups; ++i) {
    address[2 * i] = static_cast<std::uint8_t>((*groups)[i] >> 8U);
    address[2 * i + 1] = static_cast<std::uint8_t>((*groups)[i] & 0xFFU);
  }
  return address;
}

}  // namespace

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  return text.find(':') == std::string_view::npos ? parse_ipv4(text) : parse_ipv6(text);
}

}  // namespace otatool::doctor
