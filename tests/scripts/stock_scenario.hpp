// Simulation setups for the stock tests: an image, a plan for it, and a device.
#pragma once

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/support/simulation.hpp"
#include "tests/support/stock_digest.hpp"

namespace otatool::testing {

inline constexpr std::string_view kPassword = "a-real-password";
inline constexpr std::uint16_t kHostPort = 45'678;

/// For the messages and test names of gtest.
inline std::ostream& operator<<(std::ostream& out, const Profile& profile) {
  return out << profile.name;
}
[[nodiscard]] inline std::string test_name(const ::testing::TestParamInfo<Profile>& info) {
  std::string name(info.param.name);
  std::replace(name.begin(), name.end(), '-', '_');
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

enum class PasswordCase { None, Right, Wrong };

/// Pseudo-random bytes that are the same in every run (xorshift).
[[nodiscard]] inline std::string image_of(std::size_t size) {
  std::string image;
  image.reserve(size);
  std::uint32_t state = 0x9E3779B9;
  while (image.size() < size) {
    state ^= state << 13U;
    state ^= state >> 17U;
    state ^= state << 5U;
    image.push_back(static_cast<char>(state & 0xFFU));
  }
  if (!image.empty()) {
    image[0] = '\xE9';
  }
  return image;
}

[[nodiscard]] inline espota::Plan plan_for(const std::string& image, const Profile& profile) {
  espota::Plan plan;
  plan.image_size = static_cast<std::uint32_t>(image.size());
  plan.image_md5 = md5_text(image);
  plan.host_address = "192.0.2.1";
  plan.host_port = kHostPort;
  plan.device_ports = {profile.udp_port};
  if (profile.lineage == Lineage::Esp32) {
    plan.queueing_ports = plan.device_ports;
  }
  return plan;
}

[[nodiscard]] inline SimulationSetup scenario(const Profile& profile,
                                              PasswordCase password = PasswordCase::None,
                                              std::size_t image_size = 40'000) {
  SimulationSetup setup;
  setup.image = image_of(image_size);
  setup.plan = plan_for(setup.image, profile);
  setup.device.profile = profile;
  if (password != PasswordCase::None) {
    setup.device.password = kPassword;
    setup.plan.credentials.password =
        Secret(password == PasswordCase::Right ? std::string(kPassword) : "not-the-password");
  }
  return setup;
}

/// Describes a result in the message of a failed assertion.
[[nodiscard]] inline std::string describe(const SimulationResult& result) {
  std::string text =
      result.error ? std::string(to_string(result.error->code())) + ": " + result.error->message()
                   : (result.finished ? "success" : "no end");
  text += "; device " + std::string(to_string(result.state)) + " with " +
          std::to_string(result.transfer.image.size()) + " bytes after " +
          std::to_string(result.duration.count()) + " ms, " + std::to_string(result.datagrams) +
          " datagrams";
  for (const std::string& violation : result.violations) {
    text += "; " + violation;
  }
  return text;
}

/// Checks what must hold after every run, successful or not.
inline void expect_orderly(const SimulationResult& result) {
  EXPECT_TRUE(result.finished || result.interrupted) << describe(result);
  EXPECT_TRUE(result.violations.empty()) << describe(result);
  EXPECT_EQ(result.device.junk, 0U) << describe(result);
  EXPECT_NE(result.state, DeviceState::WaitAuth) << describe(result);
  EXPECT_NE(result.state, DeviceState::RunUpdate) << describe(result);
  if (result.succeeded()) {
    EXPECT_EQ(result.state, DeviceState::Restarted) << describe(result);
    EXPECT_TRUE(result.image_right) << describe(result);
    EXPECT_EQ(result.transfer.unread_at_the_end, 0U);
  }
}

inline void expect_updated(const SimulationResult& result) {
  expect_orderly(result);
  EXPECT_TRUE(result.succeeded()) << describe(result);
}

/// Checks that the host failed with exactly `code` and the device did not apply the image.
inline void expect_failure(const SimulationResult& result, Errc code) {
  expect_orderly(result);
  EXPECT_TRUE(result.error.has_value()) << describe(result);
  EXPECT_EQ(to_string(result.code()), to_string(code)) << describe(result);
  EXPECT_EQ(result.state, DeviceState::Idle) << describe(result);
}

}  // namespace otatool::testing
