#include "http/pages/device_query.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "otatool/ascii.hpp"
#include "otatool/number.hpp"

#include "http/text/form_values.hpp"
#include "http/text/percent_encoding.hpp"

namespace otatool::http {
namespace {

constexpr std::size_t kLongestSearch = 100;
constexpr std::size_t kMostPages = 1'000'000;
/// Longer keys are cut: they need memory for each device.
constexpr std::size_t kLongestKey = 40;

bool contains(std::string_view text, std::string_view lower_part) {
  const auto same = [](char letter, char lower) { return lower_case(letter) == lower; };
  return std::search(text.begin(), text.end(), lower_part.begin(), lower_part.end(), same) !=
         text.end();
}

bool read_sort(std::string_view text, DeviceQuery& query) {
  query.descending = text.starts_with('-');
  text.remove_prefix(query.descending ? 1 : 0);
  const auto* const found = std::ranges::find(kColumns, text, &ColumnText::word);
  if (found == kColumns.end()) {
    return false;
  }
  query.sort = static_cast<Column>(found - kColumns.begin());
  return true;
}

std::optional<ChipFamily> parse_chip(std::string_view text) {
  for (const ChipFamily chip : {ChipFamily::Esp8266, ChipFamily::Esp32, ChipFamily::Unknown}) {
    if (text == to_string(chip)) {
      return chip;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<DeviceQuery> read_device_query(std::string_view text) {
  DeviceQuery query;
  query.search = form_value(text, "q").substr(0, kLongestSearch);
  if (const std::string state = form_value(text, "state"); !state.empty()) {
    query.state = fleet::parse_state(state);
    if (!query.state) {
      return std::nullopt;
    }
  }
  if (std::string version = form_value(text, "version"); !version.empty()) {
    query.version = version == kNoVersion ? std::string() : std::move(version);
  }
  if (const std::string chip = form_value(text, "chip"); !chip.empty()) {
    query.chip = parse_chip(chip);
    if (!query.chip) {
      return std::nullopt;
    }
  }
  if (const std::string sort = form_value(text, "sort"); !sort.empty() && !read_sort(sort, query)) {
    return std::nullopt;
  }
  if (const std::string page = form_value(text, "page"); !page.empty()) {
    query.page = parse_number<std::size_t>(page).value_or(0);
  }
  return query.page == 0 || query.page > kMostPages ? std::nullopt : std::optional(query);
}

std::string to_query(const DeviceQuery& query) {
  std::string text = "?";
  const auto add = [&text](std::string_view name, std::string_view value) {
    text += fmt::format("{}{}={}", text.size() > 1 ? "&" : "", name, percent_encode(value));
  };
  if (!query.search.empty()) {
    add("q", query.search);
  }
  if (query.state) {
    add("state", to_string(*query.state));
  }
  if (query.version) {
    add("version", query.version->empty() ? kNoVersion : *query.version);
  }
  if (query.chip) {
    add("chip", to_string(*query.chip));
  }
  if (query.sort) {
    const std::string_view word = kColumns.at(static_cast<std::size_t>(*query.sort)).word;
    add("sort", fmt::format("{}{}", query.descending ? "-" : "", word));
  }
  if (query.page > 1) {
    add("page", std::to_string(query.page));
  }
  return text;
}

bool matches(const DeviceQuery& query, const fleet::Device& device, std::string_view name) {
  if ((query.state && device.state != *query.state) ||
      (query.version && device.version != *query.version) ||
      (query.chip && device.chip != *query.chip)) {
    return false;
  }
  if (query.search.empty()) {
    return true;
  }
  const std::string part = lower_case(query.search);
  return contains(name, part) || contains(to_string(device.mac), part) ||
         contains(device.address, part) || contains(device.version, part);
}

std::string natural_key(std::string_view text) {
  // Each number gets its length before it and loses leading zeros.
  std::string key;
  for (std::size_t i = 0; i < text.size() && key.size() < kLongestKey;) {
    if (!is_digit(text[i])) {
      key.push_back(lower_case(text[i++]));
      continue;
    }
    const std::size_t end = std::min(text.find_first_not_of("0123456789", i), text.size());
    const std::size_t first = std::min(text.find_first_not_of('0', i), end - 1);
    const auto length = static_cast<char>('0' + std::min<std::size_t>(end - first, kLongestKey));
    key.push_back(length);
    key.append(text.substr(first, end - first));
    i = end;
  }
  return key;
}

bool VersionLess::operator()(const std::string& left, const std::string& right) const {
  const int order = natural_key(left).compare(natural_key(right));
  return order < 0 || (order == 0 && left < right);
}

std::string sort_key(Column column, const fleet::Device& device, std::string_view name) {
  switch (column) {
    case Column::State:
      return std::string(to_string(device.state));
    case Column::Name:
      return name.empty() ? "\x7F" : natural_key(name);
    case Column::Chip:
      return std::string(to_string(device.chip));
    case Column::Address:
      return natural_key(device.address);
    case Column::Version:
      return natural_key(device.version);
    case Column::Offered:
      return natural_key(device.offered);
    case Column::Requests:
      return natural_key(std::to_string(device.requests));
    case Column::Seen:
      break;
  }
  return natural_key(std::to_string(device.seen));
}

}  // namespace otatool::http
