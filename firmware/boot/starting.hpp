// The last step of the loader. Reads flash, writes memory.
#pragma once

#include <stdint.h>

namespace otatool::firmware {

/// Loads the image at `flash_address`; its entry, or 0 when there is none to start.
uint32_t start_application(uint32_t flash_address);

}  // namespace otatool::firmware
