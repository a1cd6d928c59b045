#include "esphome/device_error.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>

#include "esphome/protocol.hpp"

namespace otatool::esphome {
namespace {

struct Meaning {
  std::uint8_t fault;
  std::string_view text;
};

constexpr std::array kMeanings = {
    Meaning{kFaultMagic, "a wrong first byte, of the connection or of the image"},
    Meaning{kFaultPrepare, "it cannot prepare its flash; a restart of the device may help"},
    Meaning{kFaultWriting, "it cannot write its flash"},
    Meaning{kFaultEnd, "it does not accept the image"},
    Meaning{0x85, "it has not been reset since its flash was written by cable; press reset once"},
    Meaning{0x86, "its flash is smaller than its firmware was built for"},
    Meaning{0x87, "the image is for a larger flash"},
    Meaning{kFaultSpaceEsp8266, "not enough space; a smaller image must come first"},
    Meaning{kFaultSpaceEsp32, "its update partition is too small"},
    Meaning{0x8A, "it has no update partition"},
    Meaning{kFaultMd5, "the image arrived with another MD5"},
    Meaning{0x8C, "not enough space"},
    Meaning{kFaultSignature, "the signature of the image is missing or wrong"},
    Meaning{kFaultImageKind, "it does not take this kind of image"},
    Meaning{0x8F, "the partition table is not valid; nothing was changed"},
    Meaning{0x90, "the partition table is damaged; do not restart the device, upload again"},
    Meaning{0x91, "the boot loader is not valid; nothing was changed"},
    Meaning{0x92, "the boot loader is damaged; do not restart the device, upload again"},
    Meaning{kFaultDowngrade, "the image is older than its firmware"},
    Meaning{kFaultUnknown, "it gives no reason"},
};

}  // namespace

Error device_error(std::uint8_t fault) {
  if (fault == kFaultAuth) {
    return {Errc::PasswordRefused, "the device refused the password"};
  }
  if (fault == kFaultEncryption) {
    return {Errc::EncryptionNeeded, "the device accepts only encrypted updates"};
  }
  const auto found = std::ranges::find(kMeanings, fault, &Meaning::fault);
  const std::string_view text =
      found == kMeanings.end() ? std::string_view("its meaning is not known") : found->text;
  return {Errc::DeviceReported, fmt::format("the device reported error {:02X}: {}", fault, text)};
}

}  // namespace otatool::esphome
