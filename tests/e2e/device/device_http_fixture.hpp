// A virtual device that is updated over HTTP: by its upload page, and by pulling from `otatool
// serve`.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/espota/digest.hpp"

#include "tests/support/image_builder.hpp"
#include "tests/support/json_events.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {

using Words = std::vector<std::string>;

inline std::string sketch(std::size_t code_size) {
  support::ArduinoSpec spec;
  spec.code_size = code_size;
  const support::Blob image = support::arduino_image(spec);
  return {image.begin(), image.end()};
}

inline std::string md5_of(const std::string& image) {
  return espota::md5_hex(as_bytes(image));
}

/// A running program that prints JSON lines.
class JsonProgram {
 public:
  explicit JsonProgram(const ProgramCall& call) : process_(call) {}

  /// The next event with this name; skips other events.
  nlohmann::json next(const std::string& event) { return next_event(process_, event); }
  Process& process() { return process_; }

 private:
  Process process_;
};

inline ProgramCall device_call(Words arguments, const std::string& password = {}) {
  ProgramCall call{.program = OTATOOL_BINARY};
  call.arguments = {"device", "--port", "0", "--no-announce", "--json"};
  call.arguments.insert(call.arguments.end(), arguments.begin(), arguments.end());
  if (!password.empty()) {
    call.environment["OTATOOL_PASSWORD"] = password;
  }
  return call;
}

/// A device with an upload page.
class FormDevice : public JsonProgram {
 public:
  explicit FormDevice(Words arguments = {}, const std::string& password = {})
      : JsonProgram(device_call(with_page(std::move(arguments)), password)) {
    const auto listening = next("listening");
    udp = listening.at("udp").get<std::uint16_t>();
    url = "http://127.0.0.1:" + std::to_string(listening.at("http").get<int>()) + "/update";
  }

  std::uint16_t udp = 0;
  std::string url;

 private:
  static Words with_page(Words arguments) {
    arguments.insert(arguments.end(), {"--http", "0"});
    return arguments;
  }
};

/// The output of curl followed by the status code.
inline std::string curl(Words arguments) {
  arguments.insert(arguments.begin(), {"-sS", "-m", "15", "-w", " %{http_code}"});
  const Outcome outcome = run({.program = "/usr/bin/curl", .arguments = std::move(arguments)});
  return outcome.output + outcome.error;
}

class DeviceForm : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string image_ = sketch(70'001);
  std::string path_ = folder_.write("fw.bin", image_);
  std::string file_ = "firmware=@" + path_;
};

class DevicePull : public ::testing::Test {
 protected:
  /// A call of `otatool serve` for that path, with more options.
  [[nodiscard]] ProgramCall serve_call(Words options) const {
    ProgramCall call{.program = OTATOOL_BINARY,
                     .arguments = {"serve", path_, "--listen", "127.0.0.1:0", "--json"},
                     .folder = folder_.path()};
    call.arguments.insert(call.arguments.end(), options.begin(), options.end());
    return call;
  }

  TemporaryFolder folder_;
  std::string image_ = sketch(70'001);
  std::string path_ = folder_.write("fw.bin", image_);
  std::string ca_ = folder_.path().string() + "/ca_cert.pem";
  std::string other_ca_ = folder_.path().string() + "/other.pem";
};

}  // namespace otatool::test
