#include <algorithm>
#include <array>
#include <string>

#include "otatool/ascii.hpp"
#include "otatool/image/partition_table.hpp"
#include "otatool/number.hpp"

namespace otatool::image {
namespace {

constexpr std::uint8_t kAppType = 0;
constexpr std::uint8_t kDataType = 1;
constexpr std::uint8_t kFirstOta = 0x10;
constexpr std::uint8_t kLastOta = 0x1F;
constexpr std::uint8_t kFat = 0x81;
constexpr std::uint8_t kSpiffs = 0x82;
constexpr std::uint8_t kLittleFs = 0x83;

struct SubtypeName {
  std::string_view name;
  std::uint8_t type;
  std::uint8_t value;
};
constexpr std::array kSubtypes = {
    SubtypeName{"factory", kAppType, 0},
    SubtypeName{"test", kAppType, 0x20},
    SubtypeName{"ota", kDataType, 0},
    SubtypeName{"phy", kDataType, 1},
    SubtypeName{"nvs", kDataType, 2},
    SubtypeName{"coredump", kDataType, 3},
    SubtypeName{"nvs_keys", kDataType, 4},
    SubtypeName{"efuse", kDataType, 5},
    SubtypeName{"undefined", kDataType, 6},
    SubtypeName{"esphttpd", kDataType, 0x80},
    SubtypeName{"fat", kDataType, kFat},
    SubtypeName{"spiffs", kDataType, kSpiffs},
    SubtypeName{"littlefs", kDataType, kLittleFs},
};

/// Removes the next field from `line`.
std::string_view take_field(std::string_view& line) {
  const std::size_t comma = std::min(line.find(','), line.size());
  const std::string_view field = trimmed(line.substr(0, comma));
  line.remove_prefix(std::min(comma + 1, line.size()));
  return field;
}

std::optional<std::uint32_t> parse_size(std::string_view text) {
  std::uint64_t unit = 1;
  if (text.ends_with('K') || text.ends_with('k')) {
    unit = 1024;
  } else if (text.ends_with('M') || text.ends_with('m')) {
    unit = std::uint64_t{1024} * 1024;
  }
  if (unit > 1) {
    text.remove_suffix(1);
  }
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  const auto number = hexadecimal ? parse_number<std::uint32_t>(text.substr(2), 16)
                                  : parse_number<std::uint32_t>(text);
  const std::uint64_t size = number.value_or(0) * unit;
  return number && size <= UINT32_MAX ? std::optional(static_cast<std::uint32_t>(size))
                                      : std::nullopt;
}

std::optional<std::uint8_t> parse_byte(std::string_view text) {
  const auto number = parse_size(text);
  return number && *number <= UINT8_MAX ? std::optional(static_cast<std::uint8_t>(*number))
                                        : std::nullopt;
}

std::optional<std::uint8_t> parse_type(std::string_view text) {
  return text == "app" ? kAppType : text == "data" ? kDataType : parse_byte(text);
}

std::optional<std::uint8_t> parse_subtype(std::string_view text, std::uint8_t type) {
  if (type == kAppType && text.starts_with("ota_")) {
    const auto number = parse_number<std::uint8_t>(text.substr(4));
    return number && *number <= kLastOta - kFirstOta
               ? std::optional(static_cast<std::uint8_t>(kFirstOta + *number))
               : std::nullopt;
  }
  const auto named = std::ranges::find_if(
      kSubtypes, [&](const SubtypeName& each) { return each.name == text && each.type == type; });
  return named != kSubtypes.end() ? std::optional(named->value) : parse_byte(text);
}

std::optional<Partition> parse_line(std::string_view line) {
  Partition partition;
  partition.label = take_field(line);
  const auto type = parse_type(take_field(line));
  const auto subtype = type ? parse_subtype(take_field(line), *type) : std::nullopt;
  const std::string_view offset = take_field(line);
  const auto start = offset.empty() ? std::optional<std::uint32_t>(0) : parse_size(offset);
  const auto size = parse_size(take_field(line));
  if (!subtype || !start || !size || *size == 0) {
    return std::nullopt;
  }
  partition.type = *type;
  partition.subtype = *subtype;
  partition.offset = *start;
  partition.size = *size;
  return partition;
}

std::optional<std::uint32_t> size_of_first(std::span<const Partition> partitions,
                                           std::uint8_t subtype) {
  const auto found = std::ranges::find_if(partitions, [subtype](const Partition& each) {
    return each.type == kDataType && each.subtype == subtype;
  });
  return found == partitions.end() ? std::nullopt : std::optional(found->size);
}

}  // namespace

Result<std::vector<Partition>> parse_partition_csv(std::string_view text) {
  std::vector<Partition> partitions;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view whole = text.substr(0, end);
    const std::string_view line = trimmed(whole.substr(0, whole.find('#')));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) {
      continue;
    }
    auto partition = parse_line(line);
    if (!partition) {
      return fail(
          Errc::Usage,
          "line " + std::to_string(number) + ": not of the form name, type, subtype, offset, size");
    }
    partitions.push_back(std::move(*partition));
  }
  if (partitions.empty()) {
    return fail(Errc::Usage, "no partition in the table");
  }
  return partitions;
}

std::optional<std::uint32_t> app_update_space(std::span<const Partition> partitions) {
  std::optional<std::uint32_t> smallest;
  for (const Partition& each : partitions) {
    if (each.type == kAppType && each.subtype >= kFirstOta && each.subtype <= kLastOta) {
      smallest = std::min(smallest.value_or(each.size), each.size);
    }
  }
  return smallest;
}

std::optional<std::uint32_t> filesystem_space(std::span<const Partition> partitions) {
  for (const std::uint8_t subtype : {kSpiffs, kFat, kLittleFs}) {
    if (const auto size = size_of_first(partitions, subtype)) {
      return size;
    }
  }
  return std::nullopt;
}

}  // namespace otatool::image
