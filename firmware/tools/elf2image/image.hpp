// The .bin that Arduino's ESP8266 build gives and an update over the air carries
// (signing-gzip-images.md 3.1, 3.3): loader at 0, application behind its slot. No files, no
// printing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"

#include "firmware/tools/elf2image/elf.hpp"

namespace otatool::elf2image {

enum class FlashMode : std::uint8_t { Qio = 0, Qout = 1, Dio = 2, Dout = 3 };

/// The upper half of header byte 3.
enum class FlashSize : std::uint8_t {
  KiB512 = 0,
  MiB1 = 2,
  MiB2 = 3,
  MiB4 = 4,
  MiB8 = 8,
  MiB16 = 9,
};

/// The lower half of header byte 3.
enum class FlashFrequency : std::uint8_t { MHz40 = 0, MHz26 = 1, MHz20 = 2, MHz80 = 15 };

/// What both headers tell the mask ROM about the flash chip.
struct FlashSettings {
  FlashMode mode = FlashMode::Dio;
  FlashSize size = FlashSize::MiB4;
  FlashFrequency frequency = FlashFrequency::MHz40;
};

/// Puts both programs into one image. The application's first segment must be `.irom0.text` with
/// two zero words in front, where length and CRC of the whole image go, little-endian. Its address
/// says how large the loader's slot is: 0x40201010 (Arduino) for 4 KiB, 0x40202010 for 8 KiB. Fails
/// with NotAnImage when a program cannot be loaded as it is linked, with DoesNotFit when it is too
/// large.
[[nodiscard]] Result<std::vector<std::uint8_t>> build_image(const Elf& loader,
                                                            const Elf& application,
                                                            const FlashSettings& flash);

/// CRC-32 with polynomial 04C11DB7, most significant bit first, begun with ones, not inverted at
/// the end (signing-gzip-images.md 3.3).
[[nodiscard]] std::uint32_t flash_crc(Bytes bytes);

}  // namespace otatool::elf2image
