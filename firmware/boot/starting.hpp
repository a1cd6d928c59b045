// The last step of the loader: loads the application. Reads flash, writes memory.
#pragma once

#include <stdint.h>

namespace otatool::firmware {

/// Loads the image at `flash_address` and returns its entry address; 0 without a valid image.
uint32_t start_application(uint32_t flash_address);

}  // namespace otatool::firmware
