#include "cli/upload/check_hints.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace otatool::cli {
namespace {

using image::UploadCheck;
using image::UploadProblem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string hint_of(UploadCheck check,
                    const std::string& path = "a.bin",
                    Errc code = Errc::WrongKind) {
  return problem_hint(path, std::vector<UploadProblem>{{check, Error(code, "x")}});
}

TEST(ProblemHint, NamesTheFileForUpdatesOfESPHome) {
  EXPECT_THAT(hint_of(UploadCheck::MergedImage, "build/firmware.factory.bin"),
              StartsWith("upload build/firmware.ota.bin, "));
  EXPECT_THAT(hint_of(UploadCheck::MergedImage, "factory.bin"), Not(HasSubstr("ota.bin")));
  EXPECT_THAT(hint_of(UploadCheck::WrongChip, "firmware.factory.bin"), Not(HasSubstr("ota.bin")));
}

TEST(ProblemHint, EveryCheckHasARemedyBeforeTheOverride) {
  for (const UploadCheck check : image::upload_checks()) {
    const std::string hint = hint_of(check);
    EXPECT_THAT(hint, Not(StartsWith("--force"))) << image::to_string(check);
    EXPECT_EQ(hint.find('\n'), std::string::npos);
    if (hint.find("--force") != std::string::npos) {
      EXPECT_THAT(hint, HasSubstr("sends it anyway, but "));
    }
  }
}

TEST(ProblemHint, NamesTheRiskOfAnotherChip) {
  EXPECT_EQ(hint_of(UploadCheck::WrongChip),
            "build the image for the chip of the device, or check the address (see 'Wrong chip' in "
            "otatool-troubleshooting(7)); --force wrong-chip sends it anyway, but it can brick the "
            "device");
}

TEST(ProblemHint, KnowsSketchesAndArchives) {
  EXPECT_THAT(hint_of(UploadCheck::NotAnImage, "blink.ino"), StartsWith("this is source code: "));
  EXPECT_THAT(hint_of(UploadCheck::NotAnImage, "Release.ZIP"), StartsWith("unpack the archive "));
}

// A package or a smaller image is no way out for a filesystem, an ESP32 or another flash size.
TEST(ProblemHint, KnowsWhatDoesNotFit) {
  const auto hint_for_space = [](const std::string& reason) {
    return problem_hint(
        "a.bin", std::vector<UploadProblem>{{UploadCheck::Space, Error(Errc::DoesNotFit, reason)}});
  };
  EXPECT_THAT(hint_for_space("the update takes 700416 bytes, more than the 600000 bytes below"),
              HasSubstr("a gzip package (ESP8266)"));
  for (const auto& [reason, remedy] : std::vector<std::pair<std::string, std::string>>{
           {"the filesystem has 61440 bytes, but the filesystem area of 1m64 has 65536",
            "build the filesystem for the layout of the device"},
           {"the header names 4096 KiB of flash and 1m64 has 1024 KiB",
            "build the image for the flash size of the device"},
           {"the image has 4194304 bytes, which fit no flash layout",
            "upload the app of the build"},
           {"the app partition has 131072 bytes, and the image has 200336",
            "make the image smaller, or choose a partition scheme"}}) {
    EXPECT_THAT(hint_for_space(reason), AllOf(StartsWith(remedy), HasSubstr("; --force space ")));
    EXPECT_THAT(hint_for_space(reason), Not(HasSubstr("gzip")));
  }
}

TEST(ProblemHint, TellsHowToTakeTheAppOutOfAMergedImage) {
  EXPECT_THAT(hint_of(UploadCheck::MergedImage, "factory.bin"),
              StartsWith("take the app out with 'otatool info factory.bin --extract app -o "
                         "app.bin' and upload app.bin; --force merged-image "));
  EXPECT_THAT(hint_of(UploadCheck::MergedImage, "my factory.bin"),
              HasSubstr("info 'my factory.bin' --extract"));
  EXPECT_THAT(hint_of(UploadCheck::MergedImage, "it's"), HasSubstr(R"(info 'it'\''s' --extract)"));
  EXPECT_THAT(hint_of(UploadCheck::MergedImage, "-"), StartsWith("upload the app of the build"));
}

TEST(ProblemHint, PointsToTheSignedFileBesideTheImage) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("firmware.bin", "x");
  EXPECT_THAT(hint_of(UploadCheck::Signature, path, Errc::NotSigned),
              StartsWith("sign with --sign"));
  const std::string signed_path = folder.write("firmware.bin.signed", "x");
  EXPECT_THAT(hint_of(UploadCheck::Signature, path, Errc::NotSigned),
              StartsWith("upload " + signed_path));
}

TEST(ProblemHint, NamesEveryCheckToOverride) {
  const std::vector<UploadProblem> problems = {
      {UploadCheck::Damaged, Error(Errc::NotAnImage, "x")},
      {UploadCheck::Space, Error(Errc::DoesNotFit, "y")},
      {UploadCheck::Damaged, Error(Errc::NotAnImage, "z")}};
  EXPECT_THAT(problem_hint("a.bin", problems),
              AllOf(HasSubstr("; --force damaged --force space sends it anyway")));
}

}  // namespace
}  // namespace otatool::cli
