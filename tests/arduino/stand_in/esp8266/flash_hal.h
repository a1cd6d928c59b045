// Stand-in for the core's flash layout: the symbols of the linker script.
#pragma once

#include <stdint.h>

extern "C" {
extern uint32_t _FS_start;
extern uint32_t _FS_end;
extern uint32_t _EEPROM_start;
}
#define FS_start ((uint32_t)&_FS_start)
#define FS_end ((uint32_t)&_FS_end)
#define EEPROM_start ((uint32_t)&_EEPROM_start)
