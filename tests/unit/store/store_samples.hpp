// A device, a rollout and an event with a value in every column.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "otatool/store/store.hpp"

namespace otatool::store {

inline fleet::Device device_with(std::uint64_t mac) {
  fleet::Device device;
  device.mac = {mac};
  device.chip = ChipFamily::Esp32;
  device.slot = fleet::Slot::Filesystem;
  device.state = fleet::State::NotApplied;
  device.state_since = 1'800'000'001;
  device.address = "192.168.1.2";
  device.version = "1.0.0";
  device.md5 = "0123456789abcdef0123456789abcdef";
  device.offered = "2.0.0";
  device.reason = "it's a \"reason\"; DROP TABLE otatool_devices; --";
  device.status = 200;
  device.requests = 5'000'000'000;
  device.downloads = 3;
  device.seen = 1'800'000'002;
  device.waits_rule = "other.bin";
  fleet::Progress& progress = device.at(fleet::Slot::Sketch);
  progress.image = std::make_shared<const fleet::Image>(
      fleet::Image{.rule = "sketch.bin", .version = "2.0.0", .sha256 = "aa", .md5 = "bb"});
  progress.downloads = 3;
  progress.not_applied = 2;
  progress.downloaded = 1'800'000'000;
  progress.attempt = 1;
  progress.pending = true;
  return device;
}

inline fleet::Rollout rollout_with(const std::string& version) {
  fleet::StagePlan plan;
  plan.stages = {1, 10, 100};
  plan.stage_time = 60;
  plan.stage_confirmed = 70;
  plan.halt_failures_permille = 25;
  fleet::Rollout rollout = fleet::start("sketch.bin", version, plan, 1'800'000'000);
  rollout.reason = "ein Grund: \xC3\xA4";
  rollout.retried = 1;
  rollout.excused_downloaded = 2;
  rollout.elapsed = 42;
  return rollout;
}

inline fleet::History event_at(std::int64_t time, std::uint64_t mac = 7) {
  return {.time = time,
          .mac = {mac},
          .rule = "sketch.bin",
          .kind = "downloaded",
          .from = "1.0.0",
          .to = "2.0.0",
          .bytes = 123'456'789'012,
          .reason = "why",
          .user = "anna"};
}

inline std::vector<fleet::Device> all_devices(Store& store) {
  std::vector<fleet::Device> devices;
  const auto read =
      store.devices([&devices](fleet::Device device) { devices.push_back(std::move(device)); });
  EXPECT_TRUE(read) << (read ? "" : read.error().message());
  return devices;
}

}  // namespace otatool::store
