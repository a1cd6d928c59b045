// Sorts the suffixes of a byte string in linear time. No IO.
#pragma once

#include <cstdint>
#include <vector>

#include "otatool/bytes.hpp"

namespace otatool::delta {

/// The start of each suffix of `text`, in the order of the suffixes; `text` has less than 2^31
/// bytes. SA-IS: Nong, Zhang, Chan, "Two Efficient Algorithms for Linear Time Suffix Array
/// Construction", 2011.
[[nodiscard]] std::vector<std::int32_t> sorted_suffixes(Bytes text);

}  // namespace otatool::delta
