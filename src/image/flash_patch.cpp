#include "otatool/image/flash_patch.hpp"

#include <array>
#include <string>

#include "image/recognise/esp8266.hpp"

namespace otatool::image {
namespace {

constexpr std::size_t kModeOffset = 2;

Result<void> check_patchable(const ImageFacts& facts) {
  if (is_esp32_family(facts.chip)) {
    return fail(Errc::WrongKind,
                "the flash mode of an ESP32 image cannot be changed: its hash covers it");
  }
  if (facts.kind != Kind::Esp8266Arduino) {
    return fail(Errc::WrongKind,
                "the flash mode is set in ESP8266 Arduino images only, and this is: " +
                    std::string(describe(facts.kind)));
  }
  if (facts.signature) {
    return fail(Errc::AlreadySigned,
                "the image is signed, and its signature covers the flash mode");
  }
  for (const Part& part : facts.parts) {
    if (!part.faults.empty() || !part.checksum || !part.checksum->matches()) {
      return fail(Errc::NotAnImage, "the image is damaged; a new crc would hide it");
    }
  }
  if (facts.crc && !facts.crc->value.matches()) {
    return fail(Errc::NotAnImage, "the crc of the image is wrong already; a new one would hide it");
  }
  return {};
}

}  // namespace

Result<std::vector<std::uint8_t>> set_flash_mode(Bytes file,
                                                 const ImageFacts& facts,
                                                 FlashMode mode) {
  TRY_VOID(check_patchable(facts));
  std::vector<std::uint8_t> patched(file.begin(), file.end());
  patched.at(kModeOffset) = static_cast<std::uint8_t>(mode);
  if (facts.crc) {
    const std::uint32_t crc =
        arduino_crc(patched, facts.crc->covered_size, facts.crc->offset - sizeof(std::uint32_t));
    for (std::size_t i = 0; i < sizeof(crc); ++i) {
      patched.at(static_cast<std::size_t>(facts.crc->offset) + i) =
          static_cast<std::uint8_t>(crc >> (8 * i));
    }
  }
  return patched;
}

}  // namespace otatool::image
