// The routines of the mask ROM that the loader and applications call; firmware/ld/esp8266_rom.ld
// has their addresses.
#pragma once

#include <stdint.h>

extern "C" {

/// Reads flash into word-aligned memory; 0 when it worked. `size_bytes` is a multiple of 4 here.
int SPIRead(uint32_t flash_address, uint32_t* destination, uint32_t size_bytes);
/// Clears bits of erased flash; address, source and size are multiples of 4. 0 when it worked.
int SPIWrite(uint32_t flash_address, const uint32_t* source, uint32_t size_bytes);
/// `sector` counts sectors of 4096 bytes. 0 when it worked.
int SPIEraseSector(uint32_t sector);
/// Lifts the write protection of the chip; to be called before the first write.
int SPIUnlock();
/// Shows the megabyte `first_megabyte` of the flash in the flash window; `size` 0 for 16, 1 for 32
/// KiB of cache.
void Cache_Read_Enable(uint32_t odd, uint32_t first_megabyte, uint32_t size);
void Cache_Read_Disable();

}  // extern "C"
