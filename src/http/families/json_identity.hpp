// Reads what devices report about themselves in JSON.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "otatool/http/family.hpp"

namespace otatool::http {

/// The places of the facts in the JSON of one family, as JSON pointers (RFC 6901); empty: not told.
struct JsonIdentity {
  Family family;
  std::array<std::string_view, 4> required;  ///< all of them exist
  std::string_view absent = {};              ///< does not exist
  std::string_view brand = {};               ///< the value of `/brand`
  std::string_view version = {};
  std::string_view hardware = {};
  std::string_view release = {};
  std::string_view build = {};
  std::string_view login = {};  ///< a boolean
};

/// Nothing if the status is not 200 or the body lacks a required member.
[[nodiscard]] std::optional<DeviceIdentity> read_json_identity(const JsonIdentity& places,
                                                               const DeviceAnswer& answer);

}  // namespace otatool::http
