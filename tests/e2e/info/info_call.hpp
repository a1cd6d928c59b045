// Calls `otatool info` on files in a temporary folder.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "otatool/bytes.hpp"

#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {

class InfoCommand : public ::testing::Test {
 protected:
  void write(const char* name, Bytes content) const { folder_.write(name, as_text(content)); }

  [[nodiscard]] Outcome info(std::vector<std::string> arguments,
                             std::optional<std::string> input = {}) const {
    arguments.insert(arguments.begin(), "info");
    ProgramCall call{.program = OTATOOL_BINARY};
    call.arguments = std::move(arguments);
    call.folder = folder_.path().string();
    call.input = std::move(input);
    return run(call);
  }

  /// The document of a call with --json; null if the output is not JSON.
  [[nodiscard]] nlohmann::json document(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    return nlohmann::json::parse(info(std::move(arguments)).output, nullptr, false);
  }

  /// The codes of the findings of this level.
  [[nodiscard]] static std::vector<std::string> codes(const nlohmann::json& document,
                                                      std::string_view level) {
    std::vector<std::string> codes;
    for (const nlohmann::json& finding : document["findings"]) {
      if (finding["level"] == level) {
        codes.push_back(finding["code"]);
      }
    }
    return codes;
  }

  const TemporaryFolder folder_;
};

}  // namespace otatool::test
