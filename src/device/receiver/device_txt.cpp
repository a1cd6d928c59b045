#include "device/receiver/device_txt.hpp"

#include <algorithm>
#include <string_view>

#include "otatool/version.hpp"
#include "otatool/wire/ota_txt.hpp"

#include "announce/asio_announcer.hpp"

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
  txt.delta = txt.gzip;
  txt.signature = options.image_key ? wire::TxtSignature::RsaSha256 : wire::TxtSignature::None;
  if (options.image_key) {
    txt.has_fingerprint = true;
    std::ranges::copy(options.image_key->fingerprint, txt.fingerprint);
  }
  txt.version = text(kVersion);
  txt.has_space = true;
  txt.space = firmware::largest_application(space.map, space.application_size);
  txt.layout = text(layout_of(options.chip, space.flash_size));
  txt.application = text(space.application_version);
  txt.md5 = text(space.application_md5);
  txt.chip = esp8266 ? ChipFamily::Esp8266 : ChipFamily::Esp32;
  std::vector<std::uint8_t> data(wire::kMaxOtaTxtLength);
  data.resize(wire::format_ota_txt(txt, data.data(), data.size()));
  return data;
}

std::vector<std::uint8_t> esphome_txt(const DeviceOptions& options,
                                      const DeviceSpace& space,
                                      const std::string& name) {
  std::vector<std::string> texts = {
      "friendly_name=" + name,
      options.chip == ChipFamily::Esp8266 ? "platform=ESP8266" : "platform=ESP32",
      "board=" + options.board,
      "network=wifi"};
  if (!space.application_version.empty()) {
    texts.push_back("version=" + space.application_version);
  }
  if (!space.application_md5.empty()) {
    constexpr std::size_t kHashDigits = 8;
    texts.push_back("config_hash=" + space.application_md5.substr(0, kHashDigits));
  }
  return announce::txt_data(texts);
}

}  // namespace otatool::device
