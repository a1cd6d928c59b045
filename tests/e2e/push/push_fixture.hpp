// Runs otatool and a model of a stock upload page on loopback, each as its own process.
#pragma once

#include <csignal>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/image_builder.hpp"
#include "tests/support/process.hpp"
#include "tests/support/stock_digest.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {

using Words = std::vector<std::string>;

class FormProgram {
 public:
  explicit FormProgram(std::vector<std::string> words)
      : process_({.program = STOCK_FORM, .arguments = std::move(words)}) {
    const auto line = process_.read_line();
    if (!line || !line->starts_with("http ")) {
      ADD_FAILURE() << "the stock form does not start";
      return;
    }
    port_ = line->substr(5);
  }

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + port_ + "/update"; }
  [[nodiscard]] const std::string& port() const { return port_; }
  /// The line that the page prints about the next POST.
  std::string post() { return process_.read_line().value_or("no post"); }
  void stop() const { process_.send_signal(SIGTERM); }

 private:
  Process process_;
  std::string port_;
};

[[nodiscard]] inline std::string sketch_text() {
  support::ArduinoSpec spec;
  spec.code_size = 57'001;
  const support::Blob image = support::arduino_image(spec);
  return {image.begin(), image.end()};
}

class PushCommand : public ::testing::Test {
 protected:
  [[nodiscard]] ProgramCall push_call(const std::vector<std::string>& arguments,
                                      std::string_view password = {}) const {
    ProgramCall call{.program = OTATOOL_BINARY, .arguments = {"push", path_}};
    call.arguments.insert(call.arguments.end(), arguments.begin(), arguments.end());
    if (!password.empty()) {
      call.environment["OTATOOL_PASSWORD"] = password;
    }
    return call;
  }
  [[nodiscard]] Outcome push(const FormProgram& form,
                             std::vector<std::string> options = {},
                             std::string_view password = {}) const {
    options.insert(options.begin(), {form.url(), "--retries", "0"});
    return run(push_call(options, password));
  }
  /// `bytes=N md5=...` of the image.
  [[nodiscard]] std::string whole_image() const {
    return " bytes=" + std::to_string(image_.size()) + " md5=" + testing::md5_text(image_) + " ";
  }

  TemporaryFolder folder_;
  std::string image_ = sketch_text();
  std::string path_ = folder_.write("firmware.bin", image_);
};

}  // namespace otatool::test
