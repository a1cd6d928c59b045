// otatool as a replacement for signing.py: the same options and files, and a correct exit code.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/bytes.hpp"

#include "tests/e2e/signing/signing_commands.hpp"
#include "tests/golden/signing/test_keys.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SigningDropIn : public ::testing::Test {
 protected:
  Outcome signing(std::vector<std::string> arguments, const std::string& argv0 = "signing.py") {
    ProgramCall call = folder_.call(std::move(arguments));
    call.argv0 = argv0;
    return run(call);
  }
  const SigningFolder folder_;
};

TEST_F(SigningDropIn, SignsWithThePlatformsCommandLine) {
  const Outcome outcome = signing({"--mode",
                                   "sign",
                                   "--privatekey",
                                   "private.key",
                                   "--bin",
                                   "app.bin",
                                   "--out",
                                   "new",
                                   "--legacy",
                                   "old"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, IsEmpty());
  EXPECT_THAT(outcome.error, HasSubstr("Signed binary: new\n"));
  ASSERT_EQ(
      folder_.otatool({"sign", "app.bin", "-k", "private.key", "-o", "new2", "--legacy", "old2"})
          .exit_code,
      0);
  EXPECT_EQ(folder_.read("new"), folder_.read("new2"));
  EXPECT_EQ(folder_.read("old"), folder_.read("old2"));
}

TEST_F(SigningDropIn, ReadsOptionsLikeArgparse) {
  EXPECT_EQ(signing({"-msign", "-sprivate.key", "-bapp.bin", "-oa"}).exit_code, 0);
  EXPECT_EQ(signing({"--mo=sign", "--priv=private.key", "--bin=app.bin", "--out=b"}, "/x/signing")
                .exit_code,
            0);
  EXPECT_EQ(
      folder_.otatool({"signing", "-m", "sign", "-s", "private.key", "-b", "app.bin", "-o", "c"})
          .exit_code,
      0);
  EXPECT_EQ(folder_.read("a"), folder_.read("b"));
  EXPECT_EQ(folder_.read("a"), folder_.read("c"));
  EXPECT_EQ(signing({"--help"}).exit_code, 0);
  for (const std::vector<std::string>& words : {std::vector<std::string>{},
                                                {"-m", "other"},
                                                {"-m", "sign", "-o", "x"},
                                                {"-m", "header", "-p", "public.key"},
                                                {"-m", "header", "stray"},
                                                {"--nonsense"},
                                                {"-m"}}) {
    const Outcome outcome = signing(words);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.error, HasSubstr("usage: signing"));
  }
}

TEST_F(SigningDropIn, FailsWhereSigningPyOnlyPrintsAnError) {
  for (const auto& [key, bin, exit] : {std::tuple("none", "app.bin", 7),
                                       std::tuple("junk.bin", "app.bin", 8),
                                       std::tuple("ec.key", "app.bin", 8),
                                       std::tuple("locked.key", "app.bin", 4),
                                       std::tuple("private.key", "none", 7)}) {
    const Outcome outcome = signing({"-m", "sign", "-s", key, "-b", bin, "-o", "out"});
    EXPECT_EQ(outcome.exit_code, exit) << outcome.error;
    EXPECT_THAT(outcome.error, HasSubstr("otatool: error: "));
    EXPECT_FALSE(folder_.has("out"));
  }
}

TEST_F(SigningDropIn, SucceedsWithoutAKeyInAHookForEverySketch) {
  const Outcome outcome =
      signing({"-m", "sign", "-s", "none", "-b", "app.bin", "-o", "out", "--allow-missing"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.error, IsEmpty());
  EXPECT_FALSE(folder_.has("out"));
  EXPECT_EQ(
      signing({"-m", "sign", "-s", "junk.bin", "-b", "app.bin", "-o", "out", "--allow-missing"})
          .exit_code,
      8);
}

TEST_F(SigningDropIn, CreatesTheFolderOfTheHeader) {
  const std::vector<std::string> words = {
      "--mode", "header", "--publickey", "public.key", "--out", "core/Updater_Signing.h"};
  EXPECT_EQ(signing(words).exit_code, 0);
  const std::filesystem::path header = folder_.path("core/Updater_Signing.h");
  EXPECT_THAT(folder_.read("core/Updater_Signing.h"), HasSubstr("#define ARDUINO_SIGNING 1\n"));
  const auto long_ago = std::filesystem::last_write_time(header) - std::chrono::hours(1);
  std::filesystem::last_write_time(header, long_ago);
  EXPECT_EQ(signing(words).exit_code, 0);
  EXPECT_EQ(std::filesystem::last_write_time(header), long_ago);
  // signing.py fails if the path has no folder.
  EXPECT_EQ(signing({"-m", "header", "-p", "public.key", "-o", "bare.h"}).exit_code, 0);
  EXPECT_EQ(folder_.read("bare.h"), folder_.read("core/Updater_Signing.h"));
}

TEST_F(SigningDropIn, EmbedsOnlyAPublicRsaKey) {
  EXPECT_EQ(signing({"-m", "header", "-p", "private.key", "-o", "a.h"}).exit_code, 0);
  EXPECT_EQ(signing({"-m", "header", "-p", "public.key", "-o", "b.h"}).exit_code, 0);
  EXPECT_EQ(folder_.read("a.h"), folder_.read("b.h"));
  for (const std::string key : {"ec.pub", "junk.bin"}) {
    EXPECT_EQ(signing({"-m", "header", "-p", key, "-o", "c.h"}).exit_code, 8);
    EXPECT_FALSE(folder_.has("c.h"));
  }
  const Outcome off = signing({"-m", "header", "-p", "none", "-o", "off.h"});
  EXPECT_EQ(off.exit_code, 0);
  EXPECT_EQ(folder_.read("off.h"), "#define ARDUINO_SIGNING 0\n");
}

}  // namespace
}  // namespace otatool::test
