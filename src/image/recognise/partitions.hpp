// The partition table of ESP-IDF: entries of 32 bytes that begin with AA 50.
#pragma once

#include <optional>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/image/facts.hpp"

namespace otatool::image {

/// The entries of a table that begins at `offset`; empty if there is none.
[[nodiscard]] std::vector<Partition> read_partitions(Bytes file, std::uint64_t offset);

/// The first table that begins in a sector at or after `from`, up to the last place of a table.
[[nodiscard]] std::vector<Partition> find_partitions(Bytes file, std::uint64_t from);

}  // namespace otatool::image
