// A domain name: labels of raw bytes, compared as DNS compares them. No packets, no printing.
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

/// Equality without regard to the case of ASCII letters, which is all that DNS folds (RFC 6762 16).
[[nodiscard]] bool same_text(std::string_view left, std::string_view right);

class Name {
 public:
  Name() = default;  ///< the root

  /// Usage error for an empty label, one of more than 63 bytes, or a name of more than 255.
  [[nodiscard]] static Result<Name> from_labels(std::vector<std::string> labels);
  /// From dotted text with or without a dot at the end; `\.` and `\\` are a dot and a backslash
  /// inside a label. Fails as from_labels.
  [[nodiscard]] static Result<Name> parse(std::string_view text);

  [[nodiscard]] const std::vector<std::string>& labels() const { return labels_; }
  [[nodiscard]] bool is_root() const { return labels_.empty(); }
  /// Bytes in a packet without compression.
  [[nodiscard]] std::size_t wire_size() const;
  /// What parse() takes, without a dot at the end. Bytes are as they came: hostile ones too.
  [[nodiscard]] std::string to_text() const;
  /// Whether the last labels of this name are those of `parent`, and there are more.
  [[nodiscard]] bool is_below(const Name& parent) const;

  friend bool operator==(const Name& left, const Name& right);
  friend std::weak_ordering operator<=>(const Name& left, const Name& right);

 private:
  std::vector<std::string> labels_;
};

}  // namespace otatool::mdns
