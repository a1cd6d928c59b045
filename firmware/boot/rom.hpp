// The routines of the mask ROM that the loader calls; firmware/ld/esp8266_rom.ld has their
// addresses.
#pragma once

#include <stdint.h>

extern "C" {

/// Reads flash into word-aligned memory; 0 when it worked. `size_bytes` is a multiple of 4 here.
int SPIRead(uint32_t flash_address, uint32_t* destination, uint32_t size_bytes);

}  // extern "C"
