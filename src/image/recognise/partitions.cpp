#include "image/recognise/partitions.hpp"

#include <algorithm>
#include <utility>

#include "image/recognise/little_endian.hpp"
#include "image/recognise/text_field.hpp"

namespace otatool::image {
namespace {

constexpr std::uint16_t kEntryMagic = 0x50AA;
constexpr std::uint64_t kEntrySize = 32;
constexpr std::size_t kMostEntries = 95;
/// A bootloader has several sectors, and partition tables are at 0x20000 at the latest.
constexpr std::uint64_t kFirstTable = 0x3000;
constexpr std::uint64_t kLastTable = 0x20000;

/// The row after the entries: EB EB, fourteen bytes FF and the MD5 of the entries.
constexpr std::uint16_t kDigestMagic = 0xEBEB;
constexpr std::uint64_t kDigestOffset = 16;

bool plausible(const Partition& partition) {
  return partition.offset != 0 && partition.offset % kSectorSize == 0 && partition.size != 0;
}

std::optional<TableDigest> read_digest(Bytes file, std::uint64_t table, std::uint64_t size) {
  const auto row = slice(file, table + size, kEntrySize);
  if (!row || u16_at(*row, 0) != kDigestMagic) {
    return std::nullopt;
  }
  return TableDigest{table, size, to_hex(row->subspan(kDigestOffset))};
}

}  // namespace

PartitionTable read_partitions(Bytes file, std::uint64_t offset) {
  PartitionTable table;
  std::uint64_t size = 0;
  while (table.entries.size() < kMostEntries && u16_at(file, offset + size) == kEntryMagic) {
    const auto entry = slice(file, offset + size, kEntrySize);
    if (!entry) {
      break;
    }
    Partition partition{(*entry)[2],
                        (*entry)[3],
                        u32_at(*entry, 4).value_or(0),
                        u32_at(*entry, 8).value_or(0),
                        text_field(entry->subspan(12, 16))};
    if (!plausible(partition)) {
      break;
    }
    table.entries.push_back(std::move(partition));
    size += kEntrySize;
  }
  if (!table.entries.empty()) {
    table.md5 = read_digest(file, offset, size);
  }
  return table;
}

PartitionTable find_partitions(Bytes file, std::uint64_t from) {
  for (std::uint64_t sector = std::max(kFirstTable, round_up(from, kSectorSize));
       sector <= kLastTable;
       sector += kSectorSize) {
    PartitionTable table = read_partitions(file, sector);
    if (!table.entries.empty()) {
      return table;
    }
  }
  return {};
}

}  // namespace otatool::image
