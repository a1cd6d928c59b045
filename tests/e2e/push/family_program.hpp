// The peer of tests/e2e/push/family_device.py as a process.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/process.hpp"

namespace otatool::test {

/// Ends with this object.
class FamilyDevice {
 public:
  explicit FamilyDevice(const std::string& family, std::vector<std::string> words = {})
      : process_({.program = PYTHON, .arguments = call(family, std::move(words))}) {
    const std::string line = process_.read_line().value_or("");
    EXPECT_TRUE(line.starts_with("http ")) << process_.wait().error;
    url_ = "http://127.0.0.1:" + line.substr(std::min<std::size_t>(line.size(), 5));
  }
  [[nodiscard]] const std::string& url() const { return url_; }
  /// Ends the device; what it printed.
  std::string end() {
    process_.close_input();
    return process_.wait().output;
  }

 private:
  static std::vector<std::string> call(const std::string& family, std::vector<std::string> words) {
    words.insert(words.begin(), {FAMILY_DEVICE, family});
    return words;
  }

  Process process_;
  std::string url_;
};

}  // namespace otatool::test
