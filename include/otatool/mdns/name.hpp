// A domain name: labels of raw bytes, compared by the rules of DNS. No packets, no printing.
#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/result.hpp"

namespace otatool::mdns {

inline constexpr std::size_t kLargestLabel = 63;  ///< bytes (RFC 1035 2.3.4)
inline constexpr std::size_t kLargestName = 255;  ///< bytes in a packet, the root label included

/// Equality that ignores the case of ASCII letters, and only of these (RFC 6762 16).
[[nodiscard]] bool same_text(std::string_view left, std::string_view right);

class Name {
 public:
  Name() = default;  ///< the root

  /// Usage error for an empty label, one of more than 63 bytes, or a name of more than 255.
  [[nodiscard]] static Result<Name> from_labels(std::vector<std::string> labels);
  /// From dotted text with or without a final dot; `\.` and `\\` are a dot and a backslash inside a
  /// label. Fails as from_labels.
  [[nodiscard]] static Result<Name> parse(std::string_view text);

  [[nodiscard]] const std::vector<std::string>& labels() const { return labels_; }
  [[nodiscard]] bool is_root() const { return labels_.empty(); }
  /// Size in an uncompressed packet, in bytes.
  [[nodiscard]] std::size_t wire_size() const;
  /// The inverse of parse(), without a final dot. May contain control characters.
  [[nodiscard]] std::string to_text() const;
  /// True if this name is longer than `parent` and ends with its labels.
  [[nodiscard]] bool is_below(const Name& parent) const;

  friend bool operator==(const Name& left, const Name& right);
  friend std::weak_ordering operator<=>(const Name& left, const Name& right);

 private:
  std::vector<std::string> labels_;
};

}  // namespace otatool::mdns
