#include "device/receiver/running_application.hpp"

#include <algorithm>
#include <array>

#include "otatool/bytes.hpp"
#include "otatool/wire/boot_command.hpp"
#include "otatool/wire/image_trailer.hpp"

#include "firmware/core/digest/md5.hpp"

namespace otatool::device {
namespace {

/// Address of the first segment of firmware/boot; identifies images with that loader.
constexpr std::uint32_t kOwnLoaderAddress = 0x4010'E000;
constexpr std::uint32_t kFirstSegment = 8;

/// Bytes of RSA signatures with 1024 to 4096 bits.
constexpr std::array<std::uint32_t, 4> kSignatureSizes = {128, 256, 384, 512};
constexpr std::uint32_t kErased = 0xFFFF'FFFF;

/// `esp_app_desc_t` at the start of the first segment.
constexpr std::uint32_t kDescriptorOffset = 32;
constexpr std::uint32_t kDescriptorMagic = 0xABCD'5432;
constexpr std::uint32_t kDescriptorVersion = 16;
constexpr std::uint32_t kDescriptorVersionSize = 32;

/// The word at `offset`, a multiple of 4; kErased if the flash fails.
std::uint32_t word_at(firmware::Flash& flash, std::uint32_t offset) {
  alignas(4) std::array<std::uint8_t, 4> word{};
  return flash.read(offset, word.data(), word.size()) ? wire::detail::get_u32(word.data())
                                                      : kErased;
}

/// Size of the signature trailer of an image that ends at `end`; 0 without one.
std::uint32_t trailer_size(firmware::Flash& flash,
                           const firmware::FlashMap& map,
                           std::uint32_t end) {
  for (const std::uint32_t size : kSignatureSizes) {
    const std::uint32_t whole = size + static_cast<std::uint32_t>(wire::kTrailerLengthSize);
    // A trailer after erased flash belongs to an older, larger application.
    if (whole <= map.application_end - end && word_at(flash, end) != kErased &&
        word_at(flash, end + size) == size) {
      return whole;
    }
  }
  return 0;
}

}  // namespace

std::uint32_t application_size_in(firmware::Flash& flash,
                                  const firmware::FlashMap& map,
                                  ChipFamily chip) {
  if (chip == ChipFamily::Esp32) {
    firmware::ChipTraits traits = firmware::kEsp32Traits;
    // The last byte of the long header says whether the hash is there.
    if (word_at(flash, map.application + traits.header_length - 4) >> 24U == 0) {
      traits.trailer_length = 0;
    }
    return firmware::application_size(flash, map, traits);
  }
  const bool own_loader = word_at(flash, map.application + kFirstSegment) == kOwnLoaderAddress;
  const std::uint32_t size = firmware::application_size(
      flash, map, own_loader ? firmware::kOwnTraits : firmware::kEsp8266Traits);
  return size == 0 ? 0 : size + trailer_size(flash, map, map.application + size);
}

std::string application_md5_in(firmware::Flash& flash,
                               const firmware::FlashMap& map,
                               std::uint32_t size) {
  if (size == 0) {
    return {};
  }
  firmware::Md5 md5;
  alignas(4) std::array<std::uint8_t, firmware::kSectorSize> sector{};
  for (std::uint32_t done = 0; done < size; done += firmware::kSectorSize) {
    if (!flash.read(map.application + done, sector.data(), firmware::kSectorSize)) {
      return {};
    }
    md5.update(sector.data(), std::min(size - done, firmware::kSectorSize));
  }
  std::array<std::uint8_t, firmware::Md5::kDigestLength> digest{};
  md5.finish(digest.data());
  return to_hex(digest);
}

std::string application_version_in(firmware::Flash& flash,
                                   const firmware::FlashMap& map,
                                   ChipFamily chip) {
  alignas(4) std::array<std::uint8_t, kDescriptorVersionSize> version{};
  const std::uint32_t descriptor = map.application + kDescriptorOffset;
  if (chip != ChipFamily::Esp32 || word_at(flash, descriptor) != kDescriptorMagic ||
      !flash.read(descriptor + kDescriptorVersion, version.data(), version.size())) {
    return {};
  }
  const auto is_end = [](std::uint8_t byte) { return byte < ' ' || byte > '~'; };
  return {version.begin(), std::ranges::find_if(version, is_end)};
}

}  // namespace otatool::device
