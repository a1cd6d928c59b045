#include "otatool/image/chip.hpp"

#include <array>
#include <span>

namespace otatool::image {
namespace {

struct ChipName {
  Chip chip;
  std::string_view name;
  int id;  ///< in the extended header; -1 if there is none
};
constexpr std::array kChips = {
    ChipName{Chip::None, "none", -1},
    ChipName{Chip::Esp8266, "esp8266", -1},
    ChipName{Chip::Esp32, "esp32", 0},
    ChipName{Chip::Esp32S2, "esp32-s2", 2},
    ChipName{Chip::Esp32C3, "esp32-c3", 5},
    ChipName{Chip::Esp32S3, "esp32-s3", 9},
    ChipName{Chip::Esp32C2, "esp32-c2", 12},
    ChipName{Chip::Esp32C6, "esp32-c6", 13},
    ChipName{Chip::Esp32H2, "esp32-h2", 16},
    ChipName{Chip::Esp32P4, "esp32-p4", 18},
    ChipName{Chip::Esp32C61, "esp32-c61", 20},
    ChipName{Chip::Esp32C5, "esp32-c5", 23},
    ChipName{Chip::Esp32H21, "esp32-h21", 25},
    ChipName{Chip::Esp32H4, "esp32-h4", 28},
    ChipName{Chip::Esp32E22, "esp32-e22", 31},
    ChipName{Chip::Esp32S31, "esp32-s31", 32},
    ChipName{Chip::Esp32Unknown, "esp32-unknown", -1},
    ChipName{Chip::Rp2040, "rp2040", -1},
};

constexpr std::array<std::string_view, 4> kModes = {"qio", "qout", "dio", "dout"};

constexpr std::uint64_t kKib = 1024;
constexpr std::uint64_t kMib = 1024 * kKib;

std::optional<std::uint64_t> flash_size(Chip chip, unsigned nibble) {
  // 5 and 6 are the variants of 2 and 4 MiB whose two halves can be mapped for two sketches.
  constexpr std::array<std::uint64_t, 10> kEsp8266 = {
      512 * kKib, 256 * kKib, kMib, 2 * kMib, 4 * kMib, 2 * kMib, 4 * kMib, 0, 8 * kMib, 16 * kMib};
  if (chip == Chip::Esp8266) {
    if (nibble >= kEsp8266.size() || kEsp8266[nibble] == 0) {
      return std::nullopt;
    }
    return kEsp8266[nibble];
  }
  return nibble <= 7 ? std::optional<std::uint64_t>(kMib << nibble) : std::nullopt;
}

struct Frequencies {
  std::string_view f;
  std::string_view zero;
  std::string_view one;
  std::string_view two;
};

Frequencies frequencies_of(Chip chip) {
  switch (chip) {
    case Chip::Esp32C2:
      return {"60m", "30m", "20m", "15m"};
    case Chip::Esp32H2:
    case Chip::Esp32H21:
    case Chip::Esp32H4:
      return {"48m", "24m", "16m", "12m"};
    case Chip::Esp32C6:
      return {"", "40m or 80m", "", "20m"};
    case Chip::Esp32C5:
    case Chip::Esp32C61:
      return {"80m", "40m", "", "20m"};
    default:
      return {"80m", "40m", "26m", "20m"};
  }
}

std::string_view flash_frequency(Chip chip, unsigned nibble) {
  const Frequencies names = frequencies_of(chip);
  switch (nibble) {
    case 0:
      return names.zero;
    case 1:
      return names.one;
    case 2:
      return names.two;
    case 0xF:
      return names.f;
    default:
      return "";
  }
}

struct Range {
  std::uint32_t first;
  std::uint32_t end;
  Memory memory;
};
constexpr std::uint32_t kPaddingEnd = 0x10000;

constexpr std::array kEsp8266Map = {
    Range{0x3FFE8000, 0x40000000, Memory::Dram},
    Range{0x40100000, 0x40110000, Memory::Iram},
    Range{0x40200000, 0x40300000, Memory::Flash},
};
constexpr std::array kEsp32Map = {
    Range{0x3F400000, 0x3F800000, Memory::Flash},
    Range{0x3F800000, 0x3FC00000, Memory::Psram},
    Range{0x3FF80000, 0x3FF82000, Memory::Rtc},
    Range{0x3FFAE000, 0x40000000, Memory::Dram},
    Range{0x40070000, 0x400C0000, Memory::Iram},
    Range{0x400C0000, 0x400C2000, Memory::Rtc},
    Range{0x400D0000, 0x40400000, Memory::Flash},
    Range{0x50000000, 0x50002000, Memory::Rtc},
};
constexpr std::array kEsp32S2Map = {
    Range{0x3F000000, 0x3F500000, Memory::Flash},
    Range{0x3F500000, 0x3FF80000, Memory::Psram},
    Range{0x3FF9E000, 0x3FFA0000, Memory::Rtc},
    Range{0x3FFB0000, 0x40000000, Memory::Dram},
    Range{0x40020000, 0x40070000, Memory::Iram},
    Range{0x40070000, 0x40072000, Memory::Rtc},
    Range{0x40080000, 0x40800000, Memory::Flash},
    Range{0x50000000, 0x50002000, Memory::Rtc},
};
constexpr std::array kEsp32S3Map = {
    Range{0x3C000000, 0x3E000000, Memory::Flash},
    Range{0x3FC88000, 0x3FD00000, Memory::Dram},
    Range{0x40370000, 0x403E0000, Memory::Iram},
    Range{0x42000000, 0x44000000, Memory::Flash},
    Range{0x50000000, 0x50002000, Memory::Rtc},
    Range{0x600FE000, 0x60100000, Memory::Rtc},
};
// C2 and C3.
constexpr std::array kEsp32C3Map = {
    Range{0x3C000000, 0x3C800000, Memory::Flash},
    Range{0x3FC80000, 0x3FCE0000, Memory::Dram},
    Range{0x4037C000, 0x403E0000, Memory::Iram},
    Range{0x42000000, 0x42800000, Memory::Flash},
    Range{0x50000000, 0x50002000, Memory::Rtc},
    Range{0x600FE000, 0x60100000, Memory::Rtc},
};
// One memory for code and data: C5, C6, C61, H2 and similar chips.
constexpr std::array kSharedMap = {
    Range{0x40800000, 0x40880000, Memory::Iram},
    Range{0x41000000, 0x44000000, Memory::Flash},
    Range{0x50000000, 0x50008000, Memory::Rtc},
};
constexpr std::array kEsp32P4Map = {
    Range{0x30100000, 0x30102000, Memory::Dram},
    Range{0x40000000, 0x44000000, Memory::Flash},
    Range{0x48000000, 0x4C000000, Memory::Psram},
    Range{0x4FF00000, 0x4FFC0000, Memory::Iram},
    Range{0x50108000, 0x50110000, Memory::Rtc},
};

constexpr std::array kEsp32S31Map = {
    Range{0x2E000000, 0x2E008000, Memory::Rtc},
    Range{0x2F000000, 0x2F080000, Memory::Iram},
    Range{0x40000000, 0x54000000, Memory::Flash},
};
constexpr std::array kEsp32E22Map = {
    Range{0x30FE0000, 0x31200000, Memory::Iram},
    Range{0x3C000000, 0x40000000, Memory::Flash},
    Range{0xC0000000, 0xC0008000, Memory::Rtc},
};

std::span<const Range> map_of(Chip chip) {
  switch (chip) {
    case Chip::Esp8266:
      return kEsp8266Map;
    case Chip::Esp32:
      return kEsp32Map;
    case Chip::Esp32S2:
      return kEsp32S2Map;
    case Chip::Esp32S3:
      return kEsp32S3Map;
    case Chip::Esp32C2:
    case Chip::Esp32C3:
      return kEsp32C3Map;
    case Chip::Esp32C5:
    case Chip::Esp32C6:
    case Chip::Esp32C61:
    case Chip::Esp32H2:
    case Chip::Esp32H21:
    case Chip::Esp32H4:
      return kSharedMap;
    case Chip::Esp32P4:
      return kEsp32P4Map;
    case Chip::Esp32S31:
      return kEsp32S31Map;
    case Chip::Esp32E22:
      return kEsp32E22Map;
    default:
      return {};
  }
}

}  // namespace

std::string_view to_string(Chip chip) {
  for (const ChipName& entry : kChips) {
    if (entry.chip == chip) {
      return entry.name;
    }
  }
  return "none";
}

Chip chip_of_id(std::uint16_t chip_id) {
  for (const ChipName& entry : kChips) {
    if (entry.id == chip_id) {
      return entry.chip;
    }
  }
  return Chip::Esp32Unknown;
}

std::string_view to_string(FlashMode mode) {
  return kModes[static_cast<std::size_t>(mode)];
}

std::optional<FlashMode> flash_mode_of_name(std::string_view name) {
  for (std::size_t i = 0; i < kModes.size(); ++i) {
    if (kModes[i] == name) {
      return static_cast<FlashMode>(i);
    }
  }
  return std::nullopt;
}

FlashSettings read_flash_settings(Chip chip,
                                  std::uint8_t mode_byte,
                                  std::uint8_t size_and_frequency) {
  FlashSettings settings{mode_byte, size_and_frequency, std::nullopt, std::nullopt, ""};
  if (mode_byte < kModes.size()) {
    settings.mode = static_cast<FlashMode>(mode_byte);
  }
  settings.size_bytes = flash_size(chip, size_and_frequency >> 4U);
  settings.frequency = flash_frequency(chip, size_and_frequency & 0x0FU);
  return settings;
}

std::string_view to_string(Memory memory) {
  switch (memory) {
    case Memory::Unknown:
      return "unknown";
    case Memory::Padding:
      return "padding";
    case Memory::Flash:
      return "flash";
    case Memory::Iram:
      return "iram";
    case Memory::Dram:
      return "dram";
    case Memory::Rtc:
      return "rtc";
    case Memory::Psram:
      return "psram";
  }
  return "unknown";
}

Memory memory_at(Chip chip, std::uint32_t address) {
  if (address < kPaddingEnd) {
    return Memory::Padding;
  }
  for (const Range& range : map_of(chip)) {
    if (address >= range.first && address < range.end) {
      return range.memory;
    }
  }
  return Memory::Unknown;
}

}  // namespace otatool::image
