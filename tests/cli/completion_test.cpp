// The completion scripts in real shells: what they offer after which words.
#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/own_network.hpp"
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

  /// What zsh offers: a function in place of compadd writes the matches to a file.
  std::vector<std::string> zsh(const std::string& line) {
    folder_.write(".zshrc", R"(mkdir -p functions
$OTATOOL completion zsh > functions/_otatool
fpath=($PWD/functions $fpath)
autoload -Uz compinit
compinit -D -u
compadd() {
  local -a found
  if ! (( ${@[(I)-[OAD]]} )); then
    builtin compadd -O found "$@"
    print -rl -- $found >> offers
  fi
  builtin compadd "$@"
}
zle-line-init() {
  BUFFER=$LINE
  CURSOR=$#BUFFER
  zle list-choices
  exit 0
}
zle -N zle-line-init
)");
    folder_.write("offers", "");
    ProgramCall call = in_folder(
        {.program = "/usr/bin/zsh", .arguments = {"-d", "-i"}, .streams = Streams::Terminal});
    call.environment["ZDOTDIR"] = folder_.path().string();
    call.environment["LINE"] = line;
    call.environment["TERM"] = "xterm";
    EXPECT_EQ(run(call).exit_code, 0);
    return lines_of(folder_.read("offers"));
  }

  TemporaryFolder folder_;

 private:
  ProgramCall in_folder(ProgramCall call) const {
    const std::string binary = OTATOOL_BINARY;
    call.environment = {{"OTATOOL", binary},
                        {"HOME", folder_.path().string()},
                        {"PATH", binary.substr(0, binary.rfind('/')) + ":/usr/bin:/bin"}};
    call.folder = folder_.path().string();
    return call;
  }

  std::vector<std::string> offers(const ProgramCall& call) {
    const Outcome outcome = run(in_folder(call));
    EXPECT_EQ(outcome.error, "");
    EXPECT_EQ(outcome.exit_code, 0);
    return lines_of(outcome.output);
  }
};

/// With two devices in the configuration and one in the network.
class TargetCompletion : public Completion {
 protected:
  void SetUp() override {
    if (const auto reason = enter_own_network()) {
      GTEST_SKIP() << *reason;
    }
    Completion::SetUp();
    folder_.write("otatool.toml",
                  "[device.kitchen]\nhost = \"192.0.2.1\"\n"
                  "[device.\"living room\"]\nhost = \"192.0.2.2\"\n");
    device_.emplace(ProgramCall{
        .program = OTATOOL_BINARY,
        .arguments = {"device", "--port", "0", "--name", "kiosk $(touch harm)", "--json"}});
    ASSERT_TRUE(device_->wait_for_output("announced"));
  }

  std::optional<Process> device_;
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

TEST_F(Completion, BashOffersWordsThatOtatoolKnows) {
  EXPECT_THAT(bash({"upload", "--layout", "1m6"}), ElementsAre("1m64"));
  EXPECT_THAT(bash({"upload", "--force", "wrong"}), ElementsAre("wrong-chip"));
  EXPECT_THAT(bash({"gzip", "--level", ""}), ElementsAre("zopfli"));
  EXPECT_THAT(bash({"gzip", "--current", "fi"}), ElementsAre("fire ware.bin"));
  EXPECT_THAT(bash({"espota", "--host"}), ElementsAre("--host_ip", "--host_port"));
  EXPECT_THAT(bash({"espota", "-f", "fi"}), ElementsAre("fire ware.bin"));
  EXPECT_THAT(bash({"espota", "--chip", "esp3"}), ElementsAre("esp32"));
  EXPECT_THAT(bash({"espota", "--js"}), IsEmpty());
}

TEST_F(Completion, FishOffersWordsThatOtatoolKnows) {
  EXPECT_THAT(fish("otatool upload --layout 1m6"), ElementsAre("1m64"));
  EXPECT_THAT(fish("otatool upload --force wrong"), ElementsAre("wrong-chip"));
  EXPECT_THAT(fish("otatool gzip --level "), ElementsAre("zopfli"));
  EXPECT_THAT(fish("otatool gzip --current fi"), ElementsAre("fire ware.bin"));
  EXPECT_THAT(fish("otatool espota --host"), ElementsAre("--host_ip", "--host_port"));
  EXPECT_THAT(fish("otatool espota -f fi"), ElementsAre("fire ware.bin"));
}

TEST_F(Completion, ZshOffersTheSame) {
  EXPECT_THAT(zsh("otatool upl"), Contains("upload"));
  EXPECT_THAT(zsh("otatool upload --dry"), Contains("--dry-run"));
  EXPECT_THAT(zsh("otatool upload --chip esp3"), ElementsAre("esp32"));
  EXPECT_THAT(zsh("otatool upload --layout 1m6"), ElementsAre("1m64"));
  EXPECT_THAT(zsh("otatool upload --force wrong"), ElementsAre("wrong-chip"));
  EXPECT_THAT(zsh("otatool upload fi"), ElementsAre("fire\\ ware.bin"));
  EXPECT_THAT(zsh("otatool gzip --level "), ElementsAre("zopfli"));
  EXPECT_THAT(zsh("otatool gzip --current fi"), ElementsAre("fire\\ ware.bin"));
  EXPECT_THAT(zsh("otatool espota --host_p"), Contains("--host_port"));
  EXPECT_THAT(zsh("otatool espota -f fi"), ElementsAre("fire\\ ware.bin"));
}

// A name from the network is neither expanded nor run.
TEST_F(TargetCompletion, OffersDevicesAsTargets) {
  const std::string kiosk = "kiosk\\ \\$\\(touch\\ harm\\)";
  EXPECT_THAT(bash({"upload", "fire ware.bin", "ki"}), ElementsAre(kiosk, "kitchen"));
  EXPECT_THAT(bash({"upload", "--port", "1", "ki"}), IsEmpty());
  EXPECT_THAT(bash({"upload", "--port", "1", "fire ware.bin", "--bind", "=", "x", "kit"}),
              ElementsAre("kitchen"));
  EXPECT_THAT(bash({"doctor", "liv"}), ElementsAre("living\\ room"));
  EXPECT_THAT(bash({"push", "fire ware.bin", "kit"}), ElementsAre("kitchen"));
  EXPECT_THAT(bash({"espota", "-i", "kit"}), ElementsAre("kitchen"));
  EXPECT_THAT(fish("otatool doctor kit"), ElementsAre("kitchen"));
  EXPECT_THAT(fish("otatool upload fw.bin liv"), ElementsAre("living room"));
  EXPECT_THAT(zsh("otatool upload fw.bin liv"), ElementsAre("living room"));
  EXPECT_THAT(fish("otatool push fw.bin kit"), ElementsAre("kitchen"));
  EXPECT_THAT(zsh("otatool push fw.bin kit"), ElementsAre("kitchen"));
  EXPECT_THAT(zsh("otatool doctor ki"), ElementsAre("kiosk $(touch harm)", "kitchen"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "harm"));
}

}  // namespace
}  // namespace otatool::test
