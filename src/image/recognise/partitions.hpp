// The partition table of ESP-IDF: entries of 32 bytes that begin with AA 50.
#pragma once

#include <optional>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/image/facts.hpp"

namespace otatool::image {

struct PartitionTable {
  std::vector<Partition> entries;
  std::optional<TableDigest> md5;
};

/// The table that begins at `offset`; without entries if there is none.
[[nodiscard]] PartitionTable read_partitions(Bytes file, std::uint64_t offset);

/// The first table that begins in a sector at or after `from`, up to the last place of a table.
[[nodiscard]] PartitionTable find_partitions(Bytes file, std::uint64_t from);

}  // namespace otatool::image
