#include "firmware/core/boot/verified_write.hpp"

#include <string.h>

namespace otatool::firmware {

UpdateError write_verified(Flash& flash, uint32_t offset, const uint8_t* bytes, uint32_t length) {
  if (!flash.write(offset, bytes, length)) {
    return UpdateError::Write;
  }
  alignas(4) uint8_t written[32];
  for (uint32_t done = 0; done < length;) {
    const uint32_t left = length - done;
    const uint32_t count = left < sizeof(written) ? left : static_cast<uint32_t>(sizeof(written));
    if (!flash.read(offset + done, written, count)) {
      return UpdateError::Read;
    }
    if (memcmp(written, bytes + done, count) != 0) {
      return UpdateError::Write;
    }
    done += count;
  }
  return UpdateError::None;
}

// A block may only contain sectors of the range: what lies beside it belongs to somebody else.
uint32_t erase_piece(Flash& flash, uint32_t offset, uint32_t size) {
  const uint32_t block = flash.block_size();
  const bool whole_block = block != 0 && offset % block == 0 && block <= size;
  if (!(whole_block ? flash.erase_block(offset) : flash.erase_sector(offset))) {
    return 0;
  }
  return whole_block ? block : kSectorSize;
}

}  // namespace otatool::firmware
