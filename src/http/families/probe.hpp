// The look-ups that recognise a device, in their order (field-firmwares.md 2). None changes
// anything on a device.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "otatool/http/family.hpp"

namespace otatool::http {

/// A probe finds at most this many families.
inline constexpr std::size_t kMostFound = 4;

struct Probe {
  std::string_view target;
  std::array<Family, kMostFound> finds;  ///< unused places are Unknown
  /// Nothing if the answer shows none of these families.
  std::optional<DeviceIdentity> (*read)(const DeviceAnswer& answer);
};

[[nodiscard]] std::span<const Probe> probes();

}  // namespace otatool::http
