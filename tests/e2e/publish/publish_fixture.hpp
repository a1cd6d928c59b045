// Runs `otatool publish` with a folder of images and a destination beside it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/bytes.hpp"

#include "tests/support/image_builder.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {

class PublishTest : public ::testing::Test {
 protected:
  using Words = std::vector<std::string>;

  static std::string text(const support::Blob& blob) { return std::string(as_text(blob)); }
  static std::string esp8266_image(const std::string& mark = "", std::size_t code_size = 3001) {
    return text(support::arduino_image({.code_size = code_size, .text = mark}));
  }
  static std::string esp32_image(std::uint16_t chip_id = 0) {
    return text(support::esp32_image({.chip_id = chip_id}));
  }

  [[nodiscard]] ProgramCall publish_call(Words options = {}) const {
    options.insert(options.begin(), {"publish", source_.path().string(), site()});
    return {.program = OTATOOL_BINARY, .arguments = std::move(options)};
  }
  [[nodiscard]] Outcome publish(Words options = {}) const {
    return run(publish_call(std::move(options)));
  }
  /// The report of a run that succeeds.
  [[nodiscard]] nlohmann::json report(Words options = {}) const {
    options.emplace_back("--json");
    const Outcome outcome = publish(std::move(options));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.error;
    return nlohmann::json::parse(outcome.output, nullptr, false);
  }
  /// Runs an sh script in the destination.
  [[nodiscard]] Outcome in_site(const std::string& script) const {
    return run({.program = "/bin/sh", .arguments = {"-ec", script}, .folder = site()});
  }

  [[nodiscard]] std::string site() const { return target_ / "site"; }
  [[nodiscard]] std::string published(const std::string& name) const {
    return target_.read("site/" + name);
  }
  [[nodiscard]] bool has(const std::string& name) const {
    return std::filesystem::exists(target_ / ("site/" + name));
  }
  [[nodiscard]] nlohmann::json manifest(const std::string& name) const {
    return nlohmann::json::parse(published(name), nullptr, false);
  }
  /// The published files, without the hidden folder of publish.
  [[nodiscard]] Words files() const {
    Words names;
    for (const std::string& file : target_.files()) {
      if (file.find("/.otatool-publish/") == std::string::npos) {
        names.push_back(file.substr(file.find('/') + 1));
      }
    }
    return names;
  }

  TemporaryFolder source_;
  TemporaryFolder target_;
};

}  // namespace otatool::test
