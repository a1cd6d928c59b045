// Images, devices and a catalogue for the tests of update rules.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "otatool/http/update_rules.hpp"

namespace otatool::http {

inline Deliverable bytes(std::uint64_t size) {
  return {.size_bytes = size, .md5 = std::string(32, 'd'), .sha256 = {}, .content = nullptr};
}

inline std::shared_ptr<ServedFile> firmware(ChipFamily family = ChipFamily::Esp8266) {
  auto file = std::make_shared<ServedFile>();
  file->name = "sketch.bin";
  file->kind = FileKind::Firmware;
  file->family = family;
  file->whole = bytes(400'000);
  file->running_md5 = std::string(32, 'a');
  file->installed_size = 400'000;
  file->flash_size_bytes = 4U << 20U;
  return file;
}

inline std::shared_ptr<ServedFile> package() {
  auto file = firmware();
  file->package = true;
  file->whole = bytes(280'000);
  file->unpacked = bytes(400'000);
  return file;
}

inline std::shared_ptr<ServedFile> filesystem() {
  auto file = std::make_shared<ServedFile>();
  file->name = "littlefs.bin";
  file->kind = FileKind::Filesystem;
  file->whole = bytes(1'000'000);
  file->installed_size = 1'000'000;
  return file;
}

inline DeviceRequest esp8266(std::string version = "") {
  DeviceRequest device;
  device.station_mac = "5C:CF:7F:01:02:03";
  device.chip_id = 66051;
  device.free_space = 2'818'048;
  device.sketch_size = 325'232;
  device.chip_size = 4U << 20U;
  device.sketch_md5 = std::string(32, 'b');
  device.version = std::move(version);
  return device;
}

class UpdateRules : public ::testing::Test {
 protected:
  ManifestRule& add(std::shared_ptr<const ServedFile> file, std::string version = "") {
    ManifestRule rule;
    rule.image = file->name;
    rule.version = std::move(version);
    catalogue_.rules.push_back({std::move(rule), std::move(file)});
    return catalogue_.rules.back().manifest;
  }
  [[nodiscard]] Decision decided(const DeviceRequest& device, std::string_view board = "") const {
    return decide(device, board, catalogue_);
  }
  [[nodiscard]] std::string offered(const DeviceRequest& device,
                                    std::string_view board = "") const {
    return decided(device, board).version;
  }

  Catalogue catalogue_;
};

}  // namespace otatool::http
