// Cleans texts from packets so that they can be shown and compared. No printing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/mdns/device.hpp"
#include "otatool/mdns/message.hpp"

namespace otatool::mdns {

inline constexpr std::size_t kLargestText = 255;  ///< bytes of a cleaned text
inline constexpr std::size_t kMostTxtPairs = 64;

/// `raw` as UTF-8 of at most kLargestText bytes. Bytes that are not UTF-8, control characters and
/// marks that change the direction of writing become U+FFFD.
[[nodiscard]] std::string clean_text(std::string_view raw);

/// The cleaned pairs of a TXT record: the first one of each key (RFC 6763 6.4), without pairs that
/// have no key. Removes the quotes that older cores put around values.
[[nodiscard]] std::vector<TxtPair> txt_pairs(const Text& text);

}  // namespace otatool::mdns
