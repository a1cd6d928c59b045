// Copies whole sectors within flash or from memory. Can skip a sector that already has the right
// content, and reads back what it writes. No memory but the caller's.
#pragma once

#include <string.h>

#include "firmware/core/port.hpp"

namespace otatool::firmware {

class SectorCopy {
 public:
  /// `sector` is kSectorSize bytes, aligned to 4.
  SectorCopy(Flash& flash, uint8_t* sector) : flash_(flash), sector_(sector) {}

  /// False if the flash fails. `skip_same`: writes nothing if the sector has the right content. It
  /// is false where a power cut may have left cells that read right only at times.
  bool copy(uint32_t from, uint32_t to, bool skip_same) {
    return flash_.read(from, sector_, kSectorSize) && put_sector(to, skip_same);
  }

  /// Writes `count` bytes and fills the rest of the sector with ones.
  bool put(uint32_t to, const uint8_t* bytes, size_t count, bool skip_same) {
    memcpy(sector_, bytes, count);
    memset(sector_ + count, 0xFF, kSectorSize - count);
    return put_sector(to, skip_same);
  }

 private:
  bool put_sector(uint32_t to, bool skip_same) {
    bool same = false;
    if (skip_same && !compare(to, same)) {
      return false;
    }
    return same || (flash_.erase_sector(to) && flash_.write(to, sector_, kSectorSize) &&
                    compare(to, same) && same);
  }

  bool compare(uint32_t offset, bool& same) {
    alignas(4) uint8_t part[64];
    same = true;
    for (uint32_t done = 0; done < kSectorSize && same; done += sizeof(part)) {
      if (!flash_.read(offset + done, part, sizeof(part))) {
        return false;
      }
      same = memcmp(part, sector_ + done, sizeof(part)) == 0;
    }
    return true;
  }

  Flash& flash_;
  uint8_t* sector_;
};

}  // namespace otatool::firmware
