#include "firmware/app/cached_flash.hpp"

#include "firmware/qemu/board/board.hpp"

#define IN_INSTRUCTION_MEMORY [[gnu::section(".iram.text.cached_flash"), gnu::noinline]]

namespace otatool::firmware {
namespace {

IN_INSTRUCTION_MEMORY void cache_on() {
  // Maps the first megabyte, with 32 KiB of cache.
  Cache_Read_Enable(0, 0, 1);
}

}  // namespace

IN_INSTRUCTION_MEMORY bool CachedFlash::erase_sector(uint32_t offset) {
  Cache_Read_Disable();
  const int failed = SPIEraseSector(offset >> 12U);
  cache_on();
  return failed == 0;
}

IN_INSTRUCTION_MEMORY bool CachedFlash::erase_block(uint32_t offset) {
  Cache_Read_Disable();
  const int failed = SPIEraseBlock(offset / kRomBlockSize);
  cache_on();
  return failed == 0;
}

IN_INSTRUCTION_MEMORY bool CachedFlash::write(uint32_t offset, const void* bytes, uint32_t length) {
  Cache_Read_Disable();
  const int failed = SPIWrite(offset, static_cast<const uint32_t*>(bytes), length);
  cache_on();
  return failed == 0;
}

IN_INSTRUCTION_MEMORY bool CachedFlash::read(uint32_t offset, void* bytes, uint32_t length) {
  Cache_Read_Disable();
  const int failed = SPIRead(offset, static_cast<uint32_t*>(bytes), length);
  cache_on();
  // Checking a whole image takes as long as the watchdog waits.
  board::feed_watchdog();
  return failed == 0;
}

}  // namespace otatool::firmware
