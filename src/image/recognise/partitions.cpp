#include "image/recognise/partitions.hpp"

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

bool plausible(const Partition& partition) {
  return partition.offset != 0 && partition.offset % kSectorSize == 0 && partition.size != 0;
}

}  // namespace

std::vector<Partition> read_partitions(Bytes file, std::uint64_t offset) {
  std::vector<Partition> partitions;
  while (partitions.size() < kMostEntries && u16_at(file, offset) == kEntryMagic) {
    const auto entry = slice(file, offset, kEntrySize);
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
    partitions.push_back(std::move(partition));
    offset += kEntrySize;
  }
  return partitions;
}

std::vector<Partition> find_partitions(Bytes file, std::uint64_t from) {
  for (std::uint64_t sector = std::max(kFirstTable, round_up(from, kSectorSize));
       sector <= kLastTable;
       sector += kSectorSize) {
    std::vector<Partition> partitions = read_partitions(file, sector);
    if (!partitions.empty()) {
      return partitions;
    }
  }
  return {};
}

}  // namespace otatool::image
