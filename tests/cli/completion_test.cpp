// The completion scripts in real shells: what they offer after which words.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) {
      lines.push_back(text.substr(at, end - at));
    }
    at = end + 1;
  }
  std::ranges::sort(lines);
  return lines;
}

class Completion : public ::testing::Test {
 protected:
  void SetUp() override { folder_.write("fire ware.bin", ""); }

  /// What bash offers after these words; the last word is the unfinished one and may be empty.
  std::vector<std::string> bash(const std::vector<std::string>& words) {
    std::string script = "source <(\"$OTATOOL\" completion bash); COMP_WORDS=(otatool";
    for (const std::string& word : words) {
      script += " '" + word + "'";
    }
    script += "); COMP_CWORD=" + std::to_string(words.size()) +
              "; _otatool; printf '%s\\n' \"${COMPREPLY[@]}\"";
    return offers({.program = "/bin/bash", .arguments = {"-c", script}});
  }

  std::vector<std::string> fish(const std::string& line) {
    ProgramCall call = {
        .program = "/usr/bin/fish",
        .arguments = {"-c", "$OTATOOL completion fish | source; complete -C '" + line + "'"}};
    std::vector<std::string> found = offers(call);
    // The description follows the tab.
    for (std::string& each : found) {
      each = each.substr(0, each.find('\t'));
    }
    return found;
  }

  TemporaryFolder folder_;

 private:
  std::vector<std::string> offers(ProgramCall call) {
    call.environment = {{"OTATOOL", OTATOOL_BINARY}, {"HOME", folder_.path().string()}};
    call.folder = folder_.path().string();
    const Outcome outcome = run(call);
    EXPECT_EQ(outcome.error, "");
    EXPECT_EQ(outcome.exit_code, 0);
    return lines_of(outcome.output);
  }
};

TEST_F(Completion, BashOffersCommands) {
  EXPECT_THAT(bash({"upl"}), ElementsAre("upload"));
  EXPECT_THAT(bash({"--color", "never", "-q", "upl"}), ElementsAre("upload"));
  EXPECT_THAT(bash({""}), Contains("completion"));
  EXPECT_THAT(bash({"help", "vers"}), ElementsAre("version"));
}

TEST_F(Completion, BashOffersOptionsOfTheCommand) {
  EXPECT_THAT(bash({"upload", "--dry"}), ElementsAre("--dry-run"));
  EXPECT_THAT(bash({"upload", "--js"}), ElementsAre("--json"));
  EXPECT_THAT(bash({"version", "--dry"}), IsEmpty());
  EXPECT_THAT(bash({"--col"}), ElementsAre("--color"));
}

TEST_F(Completion, BashOffersValues) {
  EXPECT_THAT(bash({"upload", "--chip", "esp3"}), ElementsAre("esp32"));
  EXPECT_THAT(bash({"upload", "--chip", "=", "esp3"}), ElementsAre("esp32"));
  EXPECT_THAT(bash({"upload", "--chip", "="}), ElementsAre("auto", "esp32", "esp8266"));
  EXPECT_THAT(bash({"--color", "al"}), ElementsAre("always"));
  EXPECT_THAT(bash({"upload", "--port", ""}), IsEmpty());
  EXPECT_THAT(bash({"completion", "z"}), ElementsAre("zsh"));
}

TEST_F(Completion, BashOffersFiles) {
  EXPECT_THAT(bash({"upload", "fi"}), ElementsAre("fire ware.bin"));
  EXPECT_THAT(bash({"upload", "--targets", "fi"}), ElementsAre("fire ware.bin"));
  EXPECT_THAT(bash({"version", "fi"}), IsEmpty());
}

TEST_F(Completion, FishOffersTheSame) {
  ASSERT_TRUE(std::filesystem::exists("/usr/bin/fish")) << "scripts/install-deps installs fish";
  EXPECT_THAT(fish("otatool upl"), ElementsAre("upload"));
  EXPECT_THAT(fish("otatool upload --dry"), ElementsAre("--dry-run"));
  EXPECT_THAT(fish("otatool upload --chip esp3"), ElementsAre("esp32"));
  EXPECT_THAT(fish("otatool upload --json --targets fi"), ElementsAre("fire ware.bin"));
  EXPECT_THAT(fish("otatool version --dry"), IsEmpty());
  EXPECT_THAT(fish("otatool completion "), Not(Contains("fire ware.bin")));
}

}  // namespace
}  // namespace otatool::test
