#include <algorithm>
#include <array>

#include "otatool/http/recogniser.hpp"

#include "http/families/profile.hpp"

namespace otatool::http {
namespace {

/// In the order of Family. field-firmwares.md 3 to 10 has the facts.
constexpr std::array kProfiles = {
    Profile{.family = Family::Unknown,
            .name = "unknown",
            .title = "unknown firmware",
            .page = "/update",
            .upload = "/update",
            .field = "firmware",
            .filesystem_field = "filesystem",
            .takes_gzip = true},
    Profile{.family = Family::Stock,
            .name = "stock",
            .title = "stock update server",
            .page = "/update",
            .upload = "/update",
            .field = "firmware",
            .filesystem_field = "filesystem",
            .takes_gzip = true},
    Profile{.family = Family::OtaWebUpdater,
            .name = "otawebupdater",
            .title = "OTAWebUpdater",
            .page = "/",
            .upload = "/update",
            .field = "update",
            .success = kBareOk,
            .chip = ChipFamily::Esp32},
    Profile{.family = Family::EspEasy,
            .name = "espeasy",
            .title = "ESPEasy",
            .page = "/update",
            .upload = "/update",
            .field = "firmware",
            .takes_gzip = true,
            .success = kUpdateSuccess},
    Profile{.family = Family::Espurna,
            .name = "espurna",
            .title = "ESPurna",
            .page = "/upgrade",
            .upload = "/upgrade",
            .field = "upgrade",
            .takes_gzip = true,
            .plain_reason = true,
            .success = kBareOk | kRebootingPage,
            .chip = ChipFamily::Esp8266},
    Profile{.family = Family::Tasmota,
            .name = "tasmota",
            .title = "Tasmota",
            .page = "/up",
            .upload = "/u2",
            .field = "u2",
            .takes_gzip = true,
            .success = kPageReload},
    Profile{.family = Family::Wled,
            .name = "wled",
            .title = "WLED",
            .page = "/update",
            .upload = "/update",
            .field = "update",
            .takes_gzip = true,
            .success = kUpdateSuccess},
    Profile{.family = Family::Esphome,
            .name = "esphome-web",
            .title = "ESPHome web_server",
            .page = "/",
            .upload = "/update",
            .field = "update",
            .takes_gzip = true,
            .success = kUpdateSuccess},
    Profile{.family = Family::ElegantOta3,
            .name = "elegantota",
            .title = "ElegantOTA 3",
            .page = "/update",
            .upload = "/ota/upload",
            .field = "file",
            .filesystem_field = "file",
            .takes_gzip = true,
            .repeatable = false,
            .plain_reason = true,
            .success = kBareOk},
    Profile{.family = Family::ElegantOta2,
            .name = "elegantota2",
            .title = "ElegantOTA 2 or AsyncElegantOTA",
            .page = "/update",
            .upload = "/update",
            .field = "firmware",
            .filesystem_field = "filesystem",
            .field_as_file_name = true,
            .with_md5 = true,
            .takes_gzip = true,
            .repeatable = false,
            .plain_reason = true,
            .success = kBareOk | kUpdateSuccess},
    Profile{.family = Family::AsyncElegantOta,
            .name = "async-elegantota",
            .title = "AsyncElegantOTA",
            .page = "/update",
            .upload = "/update",
            .field = "firmware",
            .filesystem_field = "filesystem",
            .field_as_file_name = true,
            .with_md5 = true,
            .takes_gzip = true,
            .repeatable = false,
            .plain_reason = true,
            .success = kBareOk},
    Profile{.family = Family::OpenDtu,
            .name = "opendtu",
            .title = "OpenDTU",
            .page = "/api/system/status",
            .upload = "/api/firmware/update",
            .field = "firmware",
            .with_md5 = true,
            .repeatable = false,
            .plain_reason = true,
            .success = kBareOk,
            .chip = ChipFamily::Esp32},
    Profile{.family = Family::Esp3d,
            .name = "esp3d",
            .title = "ESP3D 3",
            .page = "/updatefw",
            .upload = "/updatefw",
            .field = "file",
            .success = kJsonStatus},
    Profile{.family = Family::OpenBeken,
            .name = "openbeken",
            .title = "OpenBeken",
            .page = "/api/info",
            .upload = "/api/ota",
            .body = BodyForm::Raw,
            .success = kJsonSize},
    Profile{.family = Family::Bitaxe,
            .name = "bitaxe",
            .title = "Bitaxe ESP-Miner",
            .upload = "/api/system/OTA",
            .filesystem_upload = "/api/system/OTAWWW",
            .body = BodyForm::Raw,
            .filesystem_field = "www",
            .with_origin = false,
            .success = kRebootingNow,
            .chip = ChipFamily::Esp32},
    Profile{.family = Family::ShellyGen1,
            .name = "shelly",
            .title = "Shelly of generation 1",
            .chip = ChipFamily::Esp8266},
};

constexpr auto kFamilies = [] {
  std::array<Family, kProfiles.size() - 1> all{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = kProfiles[i + 1].family;
  }
  return all;
}();

static_assert(std::ranges::all_of(kProfiles, [](const Profile& row) {
  return kProfiles[static_cast<std::size_t>(row.family)].name == row.name;
}));

}  // namespace

const Profile& profile_of(Family family) {
  return kProfiles[static_cast<std::size_t>(family)];
}

std::string_view to_string(Family family) {
  return profile_of(family).name;
}

std::string_view title(Family family) {
  return profile_of(family).title;
}

std::span<const Family> families() {
  return kFamilies;
}

std::optional<Family> family_of_name(std::string_view name) {
  const auto found =
      std::ranges::find_if(kFamilies, [name](Family each) { return to_string(each) == name; });
  return found == kFamilies.end() ? std::nullopt : std::optional(*found);
}

std::vector<Family> families_at(std::string_view path) {
  if (path.empty()) {
    return {kFamilies.begin(), kFamilies.end()};
  }
  std::vector<Family> found;
  for (const Family each : kFamilies) {
    const Profile& profile = profile_of(each);
    const bool own_page = profile.page != "/" && path == profile.page;
    if (own_page || path == profile.upload || path == profile.filesystem_upload) {
      found.push_back(each);
    }
  }
  return found;
}

}  // namespace otatool::http
