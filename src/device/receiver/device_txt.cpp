#include "device/receiver/device_txt.hpp"

#include <algorithm>
#include <string_view>

#include "otatool/version.hpp"
#include "otatool/wire/ota_txt.hpp"

namespace otatool::device {
namespace {

wire::TxtText text(std::string_view view) {
  return {view.data(), view.size()};
}

/// Name of the layout that firmware/core uses for this flash size; empty for an ESP32.
std::string_view layout_of(ChipFamily chip, std::uint32_t flash_size) {
  constexpr std::uint32_t kMib = 1024 * 1024;
  if (chip != ChipFamily::Esp8266) {
    return {};
  }
  switch (flash_size) {
    case kMib / 2:
      return "512k32";
    case kMib:
      return "1m64";
    case 2 * kMib:
      return "2m256";
    case 4 * kMib:
      return "4m2m";
    case 8 * kMib:
      return "8m6m";
    case 16 * kMib:
      return "16m14m";
    default:
      return {};
  }
}

}  // namespace

std::vector<std::uint8_t> device_txt(const DeviceOptions& options, const DeviceSpace& space) {
  const bool esp8266 = options.chip == ChipFamily::Esp8266;
  wire::OtaTxt txt;
  txt.tcp_check = false;
  txt.ssh_upload = false;
  txt.auth_upload = !options.password.empty();
  txt.board = text(options.board);
  txt.gzip = esp8266 ? wire::Known::Yes : wire::Known::No;
  txt.signature = options.image_key ? wire::TxtSignature::RsaSha256 : wire::TxtSignature::None;
  if (options.image_key) {
    txt.has_fingerprint = true;
    std::ranges::copy(options.image_key->fingerprint, txt.fingerprint);
  }
  txt.version = text(kVersion);
  txt.has_space = true;
  txt.space = firmware::largest_application(space.map, space.application_size);
  txt.layout = text(layout_of(options.chip, space.flash_size));
  txt.chip = esp8266 ? ChipFamily::Esp8266 : ChipFamily::Esp32;
  std::vector<std::uint8_t> data(wire::kMaxOtaTxtLength);
  data.resize(wire::format_ota_txt(txt, data.data(), data.size()));
  return data;
}

}  // namespace otatool::device
