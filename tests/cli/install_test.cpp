// `cmake --install` installs the binary, the man pages and the completion scripts.
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
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Installation : public ::testing::Test {
 protected:
  void SetUp() override {
    const Outcome outcome =
        run({.program = CMAKE_PROGRAM,
             .arguments = {"--install", BUILD_FOLDER, "--prefix", folder_.path().string()}});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.output << outcome.error;
    files_ = folder_.files();
  }

  TemporaryFolder folder_;
  std::vector<std::string> files_;
};

TEST_F(Installation, HasABinaryThatWorks) {
  const Outcome outcome =
      run({.program = (folder_ / "bin/otatool").string(), .arguments = {"version"}});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.output, StartsWith("otatool "));
}

TEST_F(Installation, HasCompletionScripts) {
  EXPECT_THAT(folder_.read("share/bash-completion/completions/otatool"),
              HasSubstr("complete -F _otatool otatool"));
  EXPECT_THAT(folder_.read("share/zsh/site-functions/_otatool"), StartsWith("#compdef otatool"));
  EXPECT_THAT(folder_.read("share/fish/vendor_completions.d/otatool.fish"),
              HasSubstr("complete -c otatool"));
}

TEST_F(Installation, HasEveryManPage) {
  ASSERT_TRUE(HAVE_SCDOC) << "scripts/install-deps installs scdoc";
  std::size_t pages = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MAN_FOLDER)) {
    if (entry.path().extension() == ".scd") {
      EXPECT_THAT(files_, Contains("share/man/man1/" + entry.path().stem().string()));
      ++pages;
    }
  }
  EXPECT_GT(pages, 0U);
  EXPECT_THAT(folder_.read("share/man/man1/otatool.1"), HasSubstr(".SH NAME"));
  EXPECT_THAT(folder_.read("share/man/man7/otatool-troubleshooting.7"),
              HasSubstr(".SH NO RESPONSE FROM THE ESP"));
}

}  // namespace
}  // namespace otatool::test
