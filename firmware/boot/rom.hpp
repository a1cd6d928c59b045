// Routines of the mask ROM; firmware/ld/esp8266_rom.ld has their addresses. Those that return int
// return 0 on success.
#pragma once

#include <stdint.h>

constexpr uint32_t kRomBlockSize = 64 * 1024;

extern "C" {

/// `destination` is aligned to 4, `size_bytes` is a multiple of 4.
int SPIRead(uint32_t flash_address, uint32_t* destination, uint32_t size_bytes);
/// Clears bits of erased flash; address, source and size are multiples of 4.
int SPIWrite(uint32_t flash_address, const uint32_t* source, uint32_t size_bytes);
/// `sector`: number of a sector of 4096 bytes.
int SPIEraseSector(uint32_t sector);
/// `block`: number of a block of kRomBlockSize bytes.
int SPIEraseBlock(uint32_t block);
/// Removes the write protection of the chip. Call before the first write.
int SPIUnlock();
/// Maps megabyte number `first_megabyte` of the flash into the flash window. `size`: 0 for 16, 1
/// for 32 KiB of cache.
void Cache_Read_Enable(uint32_t odd, uint32_t first_megabyte, uint32_t size);
void Cache_Read_Disable();

}  // extern "C"
