// What push refuses before it sends anything: invalid calls, and images that a form must not
// receive.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/push/push_fixture.hpp"
#include "tests/support/gzip_peer.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class PushRefusal : public PushCommand {
 protected:
  void use(std::string_view name, const support::Blob& bytes) {
    path_ = folder_.write(std::string(name), std::string(bytes.begin(), bytes.end()));
  }
  [[nodiscard]] Outcome dry(std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {"http://192.0.2.7/update", "--dry-run"});
    return run(push_call(options));
  }
};

TEST_F(PushRefusal, ADryRunPrintsThePlan) {
  const Outcome outcome = dry({"--user", "me"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("for the sketch, MD5 " + testing::md5_text(image_)),
                    HasSubstr("POST to http://192.0.2.7/update")));
}

TEST_F(PushRefusal, InvalidCalls) {
  const auto expect_usage = [&](std::vector<std::string> arguments, const std::string& what) {
    const Outcome outcome = run(push_call(arguments));
    EXPECT_EQ(outcome.exit_code, 2) << outcome.error;
    EXPECT_THAT(outcome.error, HasSubstr(what));
    EXPECT_THAT(outcome.output, IsEmpty());
  };
  expect_usage({}, "no target given");
  expect_usage({"ftp://h/"}, "not one of http, https");
  expect_usage({"espota://h"}, "not one of http, https");
  expect_usage({"http://h:99999/"}, "is not HOST or HOST:PORT");
  expect_usage({"http://h/", "h"}, "each device accepts one image");
  expect_usage({"h", "--user", "a:b"}, "is not a user name");
  expect_usage({"h", "--chip", "z80"}, "z80");
  expect_usage({"h", "--ca", path_, "--insecure"}, "exclude each other");
}

TEST_F(PushRefusal, RefusesUnreadableFiles) {
  const Outcome ca = run(push_call({"https://127.0.0.1:1", "--ca", "/nonexistent.pem"}));
  EXPECT_EQ(ca.exit_code, 7) << ca.error;
  const Outcome junk = run(push_call({"https://127.0.0.1:1", "--ca", path_}));
  EXPECT_EQ(junk.exit_code, 8) << junk.error;
  path_ = "/nonexistent.bin";
  EXPECT_EQ(dry().exit_code, 7);
}

TEST_F(PushRefusal, RefusesTheSameImagesAsUpload) {
  use("page.html", {'<', 'h', 't', 'm', 'l', '>', '\n'});
  EXPECT_EQ(dry().exit_code, 7);
  use("fs.bin", support::littlefs_image(4096, 16));
  EXPECT_THAT(dry().error, AllOf(HasSubstr("written as firmware"), HasSubstr("--fs")));
  EXPECT_EQ(dry({"--fs"}).exit_code, 0);
  use("esp32.bin", support::esp32_image());
  EXPECT_EQ(dry({"--chip", "esp8266"}).exit_code, 7);
  EXPECT_EQ(dry({"--chip", "esp8266", "--force", "wrong-chip"}).exit_code, 0);
  EXPECT_EQ(dry().exit_code, 0);
}

TEST_F(PushRefusal, SendsAnUnknownFilesystemWithAWarning) {
  use("fat.bin", support::noise(8192, 2));
  EXPECT_EQ(dry().exit_code, 7);
  const Outcome outcome = dry({"--fs"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("unknown kind of filesystem"));
}

/// A package that unpacks to a much larger image: most of its code is empty.
support::Blob hollow_package() {
  support::ArduinoSpec spec;
  spec.code_size = 300'001;
  spec.text = std::string(280'000, '\0');
  return member(support::arduino_image(spec));
}

TEST_F(PushRefusal, RefusesAPackageThatWouldOverwriteItself) {
  use("hollow.bin.gz", hollow_package());
  const Outcome refused = dry({"--current", "50000"});
  EXPECT_EQ(refused.exit_code, 7);
  EXPECT_THAT(refused.error,
              AllOf(HasSubstr("right above the running sketch of 50000 bytes"),
                    HasSubstr("--force space")));
  EXPECT_EQ(dry({"--current", "50000", "--force", "space"}).exit_code, 0);
  const Outcome roomy = dry({"--current", "400000"});
  EXPECT_EQ(roomy.exit_code, 0) << roomy.error;
  EXPECT_THAT(roomy.error, Not(HasSubstr("--current FILE checks whether")));
}

TEST_F(PushRefusal, WarnsThatItCannotCheckWithoutTheRunningSketch) {
  use("hollow.bin.gz", hollow_package());
  const Outcome outcome = dry();
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.error, HasSubstr("--current FILE checks whether"));
  path_ = folder_.write("plain.bin", image_);
  EXPECT_THAT(dry().error, IsEmpty());
}

TEST_F(PushRefusal, TheFormSkipsASectorAboveTheSketch) {
  // 1m512: 0x7B000 bytes below the filesystem; the image takes 15 sectors.
  const std::size_t sectors = (image_.size() + 4095) / 4096;
  const std::size_t room = 0x7B - sectors;
  EXPECT_EQ(dry({"--layout", "1m512", "--current", std::to_string((room - 1) * 4096)}).exit_code,
            0);
  const Outcome tight = dry({"--layout", "1m512", "--current", std::to_string(room * 4096)});
  EXPECT_EQ(tight.exit_code, 7);
  EXPECT_THAT(tight.error, HasSubstr("the form stages an image from"));
  ProgramCall espota{.program = OTATOOL_BINARY,
                     .arguments = {"upload",
                                   path_,
                                   "192.0.2.7",
                                   "--dry-run",
                                   "--chip",
                                   "esp8266",
                                   "--layout",
                                   "1m512",
                                   "--current",
                                   std::to_string(room * 4096)}};
  EXPECT_EQ(run(espota).exit_code, 0)
      << "espota stages at the end of the area, where the image fits";
}

}  // namespace
}  // namespace otatool::test
