// Which devices a page shows, and in which order, as a query of its address (fleet.md 5).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "otatool/fleet/device.hpp"

namespace otatool::http {

/// The columns of the table of devices, in their order.
enum class Column { State, Name, Chip, Address, Version, Offered, Requests, Seen };

struct ColumnText {
  std::string_view word;   ///< in a query
  std::string_view title;  ///< in the table; status.css has it for phones, too
};
inline constexpr std::array<ColumnText, 8> kColumns = {{{"state", "State"},
                                                        {"name", "Device"},
                                                        {"chip", "Chip"},
                                                        {"address", "Address"},
                                                        {"version", "Runs"},
                                                        {"offered", "Offered"},
                                                        {"requests", "Requests"},
                                                        {"seen", "Seen"}}};

struct DeviceQuery {
  /// Devices whose name, MAC address, address or version has this part, in any case.
  std::string search;
  std::optional<fleet::State> state;
  std::optional<std::string> version;  ///< empty: the device sends none
  std::optional<ChipFamily> chip;
  std::optional<Column> sort;  ///< nothing: by MAC address
  bool descending = false;
  std::size_t page = 1;  ///< the first is 1
};

/// The value of `version` for devices that send none.
inline constexpr std::string_view kNoVersion = "(none)";

/// Reads `q`, `state`, `version`, `chip`, `sort` (a word of kColumns, with `-` before it for
/// descending order) and `page`. Nothing if a value is invalid; empty values count as missing.
[[nodiscard]] std::optional<DeviceQuery> read_device_query(std::string_view text);

/// `?...` with the values that are set, in a fixed order; `?` alone without any.
[[nodiscard]] std::string to_query(const DeviceQuery& query);

/// `name`: of the device; may be empty.
[[nodiscard]] bool matches(const DeviceQuery& query,
                           const fleet::Device& device,
                           std::string_view name);

/// A text that sorts as people expect: numbers within it by their value, so that 1.10 comes after
/// 1.9, and letters in any case. The key of a long text is cut.
[[nodiscard]] std::string natural_key(std::string_view text);

/// Orders versions by their keys, then as texts.
struct VersionLess {
  bool operator()(const std::string& left, const std::string& right) const;
};

/// A text that sorts the devices by a column. Devices without a name come after those with one.
[[nodiscard]] std::string sort_key(Column column,
                                   const fleet::Device& device,
                                   std::string_view name);

}  // namespace otatool::http
