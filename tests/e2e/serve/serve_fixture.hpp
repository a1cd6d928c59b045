// Runs `otatool serve` with a folder of images and sends requests with exactly the fields of
// ESP8266httpUpdate and of the ESP32's HTTPUpdate (espota.md 5.3, 5.4).
#pragma once

#include <chrono>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/bytes.hpp"

#include "tests/support/http_client.hpp"
#include "tests/support/image_builder.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {

inline std::string text_of(const support::Blob& blob) {
  return std::string(as_text(blob));
}

/// Header fields of an ESP8266.
struct Esp8266Fields {
  std::string mac = "5C:CF:7F:01:02:03";
  std::string version = {};
  std::string mode = "sketch";
  std::string md5 = "00000000000000000000000000000000";
  std::string free_space = "2818048";
  std::string sketch_size = "325232";
  std::string chip_size = "4194304";
};

inline std::string esp8266_request(const std::string& path, const Esp8266Fields& fields = {}) {
  return "GET " + path +
         " HTTP/1.0\r\nHost: 127.0.0.1\r\nUser-Agent: ESP8266-http-Update\r\nConnection: close\r\n"
         "x-ESP8266-Chip-ID: 66051\r\nx-ESP8266-STA-MAC: " +
         fields.mac +
         "\r\nx-ESP8266-AP-MAC: 5E:CF:7F:01:02:03\r\nx-ESP8266-free-space: " + fields.free_space +
         "\r\nx-ESP8266-sketch-size: " + fields.sketch_size +
         "\r\nx-ESP8266-sketch-md5: " + fields.md5 +
         "\r\nx-ESP8266-chip-size: " + fields.chip_size +
         "\r\nx-ESP8266-sdk-version: 2.2.2-dev(38a443e)\r\nx-ESP8266-mode: " + fields.mode +
         "\r\n" + (fields.version.empty() ? "" : "x-ESP8266-version: " + fields.version + "\r\n") +
         "\r\n";
}

struct Esp32Fields {
  std::string version = {};
  std::string sha256 = "0000000000000000000000000000000000000000000000000000000000000000";
  std::string mode = "sketch";
};

inline std::string esp32_request(const std::string& path, const Esp32Fields& fields = {}) {
  return "GET " + path +
         " HTTP/1.0\r\nHost: 127.0.0.1\r\nUser-Agent: ESP32-http-Update\r\nConnection: close\r\n"
         "Cache-Control: no-cache\r\nx-ESP32-STA-MAC: 24:6F:28:0A:0B:0C\r\n"
         "x-ESP32-AP-MAC: 24:6F:28:0A:0B:0D\r\nx-ESP32-free-space: 1310720\r\n"
         "x-ESP32-sketch-size: 900000\r\nx-ESP32-sketch-md5: 11111111111111111111111111111111\r\n"
         "x-ESP32-sketch-sha256: " +
         fields.sha256 +
         "\r\nx-ESP32-chip-size: 4194304\r\nx-ESP32-sdk-version: v4.4.7-dirty\r\nx-ESP32-mode: " +
         fields.mode + "\r\n" +
         (fields.version.empty() ? "" : "x-ESP32-version: " + fields.version + "\r\n") + "\r\n";
}

/// A running server; the destructor kills it.
class ServeProcess {
 public:
  enum class Start {
    Awaited,
    Begun  ///< call await_start() before anything else
  };
  /// `shell`: a command that the shell runs in the server's process before.
  explicit ServeProcess(std::vector<std::string> arguments,
                        std::chrono::milliseconds timeout = std::chrono::seconds(120),
                        const std::string& shell = ":",
                        Start start = Start::Awaited) {
    arguments.insert(arguments.begin(),
                     {"-c",
                      shell + "; exec \"$0\" \"$@\"",
                      OTATOOL_BINARY,
                      "serve",
                      "--listen",
                      "127.0.0.1:0",
                      "--json"});
    process_ = std::make_unique<Process>(
        ProgramCall{.program = "/bin/sh", .arguments = std::move(arguments), .timeout = timeout});
    if (start == Start::Awaited) {
      await_start();
    }
  }

  void await_start() {
    const auto line = process_->read_line();
    const auto first = nlohmann::json::parse(line.value_or(""), nullptr, false);
    if (!first.is_discarded() && first.value("event", "") == "listening") {
      listening_ = first;
    } else {
      ADD_FAILURE() << "the server does not start: " << line.value_or("") << process_->wait().error;
    }
  }

  [[nodiscard]] std::uint16_t port() const { return listening_.value("port", std::uint16_t{0}); }
  [[nodiscard]] std::string url() const { return listening_.value("url", ""); }
  [[nodiscard]] const nlohmann::json& listening() const { return listening_; }
  [[nodiscard]] Process& process() { return *process_; }

  /// The next event of this kind; null if stdout ends first.
  nlohmann::json next(const std::string& kind) {
    while (const auto line = process_->read_line()) {
      auto event = nlohmann::json::parse(*line, nullptr, false);
      if (event.value("event", "") == kind) {
        return event;
      }
    }
    return nullptr;
  }
  nlohmann::json next_request() { return next("request"); }

  /// Sends SIGTERM and waits for the exit.
  Outcome stop() {
    process_->send_signal(SIGTERM);
    return process_->wait();
  }

 private:
  std::unique_ptr<Process> process_;
  nlohmann::json listening_ = nlohmann::json::object();
};

class ServeTest : public ::testing::Test {
 protected:
  /// An ESP8266 image; different values of `mark` give different images.
  static std::string esp8266_image(const std::string& mark = "", std::size_t code_size = 3001) {
    return text_of(support::arduino_image({.code_size = code_size, .text = mark}));
  }

  static Outcome otatool(std::vector<std::string> arguments) {
    return run({.program = OTATOOL_BINARY, .arguments = std::move(arguments)});
  }
  static Outcome curl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--silent", "--show-error", "--max-time", "20"});
    return run({.program = "/usr/bin/curl", .arguments = std::move(arguments)});
  }

  TemporaryFolder folder_;
};

}  // namespace otatool::test
