// Sorts the suffixes of a byte string with libdivsufsort. No IO.
#pragma once

#include <cstdint>
#include <vector>

#include "otatool/bytes.hpp"

namespace otatool::delta {

/// The start of each suffix of `text`, in the order of the suffixes; `text` has less than 2^31
/// bytes.
[[nodiscard]] std::vector<std::int32_t> sorted_suffixes(Bytes text);

}  // namespace otatool::delta
