// CRC-32 as in gzip and Ethernet, four bytes a step by tables in flash.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace otatool::hello {

[[nodiscard]] uint32_t crc32(const uint8_t* data, size_t size);

}  // namespace otatool::hello
