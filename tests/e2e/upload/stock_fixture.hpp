// Runs otatool and a model of a stock receiver on loopback, each as its own process.
#pragma once

#include <csignal>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/image_builder.hpp"
#include "tests/support/process.hpp"
#include "tests/support/stock_digest.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {

/// An ESP8266 sketch of `size` bytes (a multiple of 16) in which no two sectors are equal.
[[nodiscard]] inline std::string sketch_of(std::size_t size) {
  support::ArduinoSpec spec;
  const std::size_t usual = support::arduino_image(spec).size();
  spec.code_size += size - usual;
  const support::Blob image = support::arduino_image(spec);
  EXPECT_EQ(image.size(), size);
  return {image.begin(), image.end()};
}

/// A stock_device process. The delays of an ESP8266 are reduced to a fifth. Those of an ESP32 stay,
/// because they limit how long it waits for the host, and a slow machine must not exceed them.
class StockProgram {
 public:
  explicit StockProgram(std::vector<std::string> words) : process_(call(std::move(words))) {
    const std::optional<std::string> line = process_.read_line();
    if (!line || !line->starts_with("udp ")) {
      ADD_FAILURE() << "the stock device does not start";
      return;
    }
    port_ = line->substr(4);
  }

  [[nodiscard]] const std::string& port() const { return port_; }
  [[nodiscard]] std::string target() const { return "127.0.0.1:" + port_; }
  /// Stops the device unless it has restarted, and returns its last line.
  std::string end() {
    process_.send_signal(SIGTERM);
    return last_line(process_.wait().output);
  }
  /// Waits until the device ends by itself, and returns its last line.
  std::string end_by_itself() { return last_line(process_.wait().output); }

 private:
  static ProgramCall call(std::vector<std::string> words) {
    words.emplace_back(words.front().starts_with("esp8266") ? "scale=0.2" : "scale=1");
    return {.program = STOCK_DEVICE, .arguments = std::move(words)};
  }
  static std::string last_line(const std::string& output) {
    const std::size_t start = output.rfind("state=");
    return start == std::string::npos ? output : output.substr(start);
  }

  Process process_;
  std::string port_;
};

class StockUpload : public ::testing::Test {
 protected:
  void use_image(std::string image) {
    image_ = std::move(image);
    image_path_ = folder_.write("firmware.bin", image_);
  }

  [[nodiscard]] ProgramCall upload_call(const std::vector<std::string>& arguments,
                                        std::string_view password = {}) const {
    ProgramCall call{.program = OTATOOL_BINARY, .arguments = {"upload", image_path_}};
    call.arguments.insert(call.arguments.end(), arguments.begin(), arguments.end());
    if (!password.empty()) {
      call.environment["OTATOOL_PASSWORD"] = password;
    }
    return call;
  }
  [[nodiscard]] Outcome upload(const StockProgram& device,
                               std::vector<std::string> options = {},
                               std::string_view password = {}) const {
    options.insert(options.begin(), {device.target(), "--retries", "0"});
    return run(upload_call(options, password));
  }

  [[nodiscard]] std::string image_md5() const { return testing::md5_text(image_); }
  TemporaryFolder folder_;
  std::string image_ = sketch_of(60'000);
  std::string image_path_ = folder_.write("firmware.bin", image_);
};

}  // namespace otatool::test
