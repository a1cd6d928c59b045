// Real virtual devices in a separate network namespace, for uploads that find them.
#pragma once

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/signing/signing_commands.hpp"
#include "tests/support/json_events.hpp"
#include "tests/support/own_network.hpp"

namespace otatool::test {

class UploadDiscovery : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto reason = enter_own_network()) {
      GTEST_SKIP() << *reason;
    }
  }

  /// Starts a device that ends after one update.
  struct Device {
    Process process;
    std::string port;
    nlohmann::json next(const std::string& event) { return next_event(process, event); }
  };
  std::unique_ptr<Device> device(std::vector<std::string> options) {
    std::vector<std::string> words{"device", "--port", "0", "--once", "--json"};
    words.insert(words.end(), options.begin(), options.end());
    std::unique_ptr<Device> device(new Device{Process(folder_.call(words)), {}});
    device->port = std::to_string(device->next("listening").at("udp").get<int>());
    if (std::ranges::find(options, "--no-announce") == options.end()) {
      device->next("announced");
    }
    return device;
  }
  Outcome upload(std::vector<std::string> words) {
    words.insert(words.begin(), "upload");
    return folder_.otatool(words);
  }
  /// Uploads app.bin with another /etc/hosts.
  Outcome upload_with_hosts(const std::string& hosts, const std::string& words) {
    folder_.write("hosts", support::Blob(hosts.begin(), hosts.end()));
    return run_there("unshare -m sh -ec 'mount --bind " + folder_.path("hosts") +
                     " /etc/hosts; exec " OTATOOL_BINARY " upload " + folder_.path("app.bin") +
                     " " + words + "'");
  }
  static bool has_no_mounts(const Outcome& outcome) {
    return is_not_permitted(outcome) || outcome.error.find("permission") != std::string::npos;
  }
  std::size_t image_size() { return folder_.read("app.bin").size(); }

  SigningFolder folder_;
};

}  // namespace otatool::test
