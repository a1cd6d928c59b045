// Erases flash in the largest pieces; writes to erased flash and reads back what it has written.
#pragma once

#include "firmware/core/port.hpp"

namespace otatool::firmware {

/// As Flash::write(). Write if the chip refuses or holds other bytes afterwards, Read if they
/// cannot be read.
UpdateError write_verified(Flash& flash, uint32_t offset, const uint8_t* bytes, uint32_t length);

/// Erases what begins at `offset`, a multiple of kSectorSize: a whole block if one begins there and
/// is not longer than `size`, else a sector. Returns the erased bytes; 0 if the flash fails.
uint32_t erase_piece(Flash& flash, uint32_t offset, uint32_t size);

}  // namespace otatool::firmware
