// One field of an HTTP header, as text. Values only: no parsing and no sockets.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace otatool::http {

/// A field of a parsed header; a view into the header.
struct HeaderField {
  std::string_view name;
  std::string_view value;
};

/// A field to send.
struct OwnedField {
  std::string name;
  std::string value;
  friend bool operator==(const OwnedField&, const OwnedField&) = default;
};

/// Whether two field names are equal, ignoring case (RFC 9110 5.1).
[[nodiscard]] bool same_name(std::string_view left, std::string_view right);

/// The value of the first field with this name.
[[nodiscard]] std::optional<std::string_view> find_field(std::span<const HeaderField> fields,
                                                         std::string_view name);

}  // namespace otatool::http
