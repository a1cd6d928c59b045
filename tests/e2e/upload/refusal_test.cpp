// Images that otatool refuses before the first datagram: exit code, reason and hint, and that only
// --force with the name of the check overrides the refusal. All runs use --dry-run and send
// nothing.
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/signing/signing_commands.hpp"
#include "tests/support/gzip_peer.hpp"

namespace otatool::test {
namespace {

using support::Blob;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Words = std::vector<std::string>;

Blob bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

Blob package(const Blob& content) {
  return member(content);
}

Blob cut(Blob image, std::size_t bytes) {
  image.resize(image.size() - bytes);
  return image;
}

Blob whole_flash() {
  Blob flash = support::arduino_image();
  flash.resize(4 << 20, 0xFF);
  return flash;
}

const Blob& elf() {
  static const Blob kFile = [] {
    Blob blob =
        bytes_of(std::string_view("\x7F"
                                  "ELF\x01\x01\x01",
                                  7));
    blob.resize(400);
    return blob;
  }();
  return kFile;
}

struct Row {
  std::string check;
  std::string name;
  Blob file;
  Words options;
  int exit_code = 7;
  std::string reason;
  std::string hint = {};  ///< empty: the general hint
};

// GoogleTest requires this name: NOLINTNEXTLINE(readability-identifier-naming)
void PrintTo(const Row& row, std::ostream* out) {
  *out << row.check << " (" << row.name << ")";
}

// A table with one or more lines for each check: NOLINTNEXTLINE(readability-function-size)
std::vector<Row> rows() {
  const Blob sketch_file = sketch();
  return {
      {"empty-file", "Empty", {}, {}, 7, "the file is empty", "give a file with content"},
      {"not-an-image", "Elf", elf(), {}, 7, "the ELF file of the linker"},
      {"not-an-image", "Text", bytes_of("this is no image\n"), {}, 7, "this is text"},
      {"not-an-image", "Page", bytes_of("<!DOCTYPE html><html></html>\n"), {}, 7, "a web page"},
      {"not-an-image",
       "Hex",
       bytes_of(":10010000214601360121470136007EFE09D2190140\n:00000001FF\n"),
       {},
       7,
       "an Intel HEX file"},
      {"not-an-image", "Noise", support::noise(3000, 7), {}, 7, "not an image of a known kind"},
      {"not-an-app", "Loader", support::loader_image(), {}, 7, "the loader alone"},
      {"not-an-app",
       "Sdk",
       support::v2_image(4000, {{0x40100000, support::noise(64, 1)}}),
       {},
       7,
       "of the NONOS or RTOS SDK"},
      {"not-an-app", "Table", support::partition_table(), {}, 7, "a partition table"},
      {"not-an-app", "Bootloader", support::esp32_bootloader(), {}, 7, "a bootloader, not an app"},
      {"merged-image", "Merged", support::merged_image(0x1000, 0), {}, 7, "a whole flash"},
      {"damaged", "Truncated", cut(sketch_file, 900), {}, 7, ""},
      {"wrong-chip",
       "Esp32ToChip",
       support::esp32_image(),
       {"--chip", "esp8266"},
       7,
       "the image is for esp32, the device is an ESP8266"},
      {"wrong-chip",
       "Esp32ToPort",
       support::esp32_image(),
       {"--port", "8266"},
       7,
       "the device is an ESP8266"},
      {"wrong-chip",
       "Esp8266ToChip",
       sketch_file,
       {"--chip", "esp32"},
       7,
       "the image is for esp8266, the device is an ESP32"},
      {"wrong-chip", "Esp8266ToPort", sketch_file, {"--port", "3232"}, 7, "the device is an ESP32"},
      {"filesystem-command",
       "FilesystemAsFirmware",
       support::littlefs_image(4096, 16),
       {},
       7,
       "would be written as firmware",
       "--fs is for filesystem images"},
      {"filesystem-command",
       "FirmwareAsFilesystem",
       sketch_file,
       {"--fs"},
       7,
       "would be written over the device's files",
       "--fs is for filesystem images"},
      {"gzip-to-esp32",
       "PackageOfEsp32",
       package(support::esp32_image()),
       {},
       7,
       "an ESP32 does not unpack gzip packages"},
      {"gzip-filesystem",
       "PackedFilesystem",
       package(support::littlefs_image(4096, 16)),
       {"--fs"},
       7,
       "ATOMIC_FS_UPDATE",
       "--atomic-fs"},
      {"broken-package", "Cut", cut(package(sketch_file), 9), {}, 7, ""},
      {"package-content", "PackedElf", package(elf()), {}, 7, "inside the package: "},
      {"package-content",
       "PackedLoader",
       package(support::loader_image()),
       {},
       7,
       "inside the package: this is the loader alone"},
      {"package-content", "Twice", package(package(sketch_file)), {}, 7, "another package"},
      {"signed-package",
       "SignedPackage",
       support::with_trailer(package(sketch_file), 256),
       {},
       7,
       "would erase its own loader",
       "--assume-verifier"},
      {"signature",
       "CountsItself",
       support::with_trailer_word(sketch_file, 256, 260),
       {},
       8,
       "counts itself"},
      {"space", "TooLarge", sketch_file, {"--layout", "512k", "--current", "500000"}, 7, ""},
      {"space",
       "SmallerFilesystem",
       support::littlefs_image(4096, 8),
       {"--fs", "--layout", "1m64"},
       7,
       "the filesystem area of 1m64 has 65536"},
      {"space",
       "PackedFilesystemBeyondItsArea",
       package(support::littlefs_image(4096, 250)),
       {"--fs", "--atomic-fs", "--layout", "1m64"},
       7,
       "the filesystem has 1024000 bytes"},
      {"space",
       "UnrecognisedFilesystem",
       Blob(4096, 0xFF),
       {"--fs", "--layout", "1m64"},
       7,
       "the filesystem has 4096 bytes"},
      {"space",
       "PackageWithMoreFlash",
       package(sketch_file),
       {"--layout", "1m64"},
       7,
       "would install it and then refuse every later update"},
      {"space", "PackedFlash", package(whole_flash()), {}, 7, "fit no flash layout"},
  };
}

class Refusal : public ::testing::TestWithParam<Row> {
 protected:
  [[nodiscard]] Outcome dry_run(const Words& more = {}) const {
    folder_.write("image.bin", as_text(GetParam().file));
    Words words = {"upload", "image.bin", "192.0.2.1", "--dry-run"};
    words.insert(words.end(), GetParam().options.begin(), GetParam().options.end());
    words.insert(words.end(), more.begin(), more.end());
    return run({.program = OTATOOL_BINARY,
                .arguments = std::move(words),
                .folder = folder_.path().string()});
  }
  /// Whether all checks passed: it printed the plan, or only the route to the address is missing.
  static void expect_passed(const Outcome& outcome) {
    EXPECT_THAT(outcome.exit_code, ::testing::AnyOf(0, 5)) << outcome.error;
    EXPECT_THAT(outcome.output, HasSubstr("MD5"));
  }

 private:
  const TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(OfEachCheck, Refusal, ::testing::ValuesIn(rows()), [](const auto& row) {
  return row.param.name;
});

TEST_P(Refusal, NamesTheReasonAndTheOverride) {
  const Row& row = GetParam();
  const Outcome outcome = dry_run();
  EXPECT_EQ(outcome.exit_code, row.exit_code);
  EXPECT_THAT(outcome.output, IsEmpty());
  const std::string hint = row.hint.empty() ? "--force " + row.check : row.hint;
  EXPECT_THAT(outcome.error,
              AllOf(HasSubstr("otatool: error: image.bin: "),
                    HasSubstr(row.reason),
                    HasSubstr("otatool: hint: "),
                    HasSubstr(hint)));
}

TEST_P(Refusal, OnlyItsOwnNameOverridesIt) {
  const Row& row = GetParam();
  expect_passed(dry_run({"--force", row.check}));
  const std::string other = row.check == "damaged" ? "space" : "damaged";
  const Outcome refused = dry_run({"--force", other});
  EXPECT_EQ(refused.exit_code, row.exit_code) << refused.output;
}

TEST(RefusalSpace, ADeviceHasTheLayoutOfItsConfiguration) {
  const SigningFolder folder;
  const auto configure = [&folder](const std::string& layout) {
    const std::string text = "[device.kitchen]\nhost = '192.0.2.1'\nlayout = '" + layout + "'\n";
    folder.write("otatool.toml", support::Blob(text.begin(), text.end()));
  };
  const auto exit_code = [&folder](const Words& more) {
    Words words = {"upload", "app.bin", "--dry-run", "--current", "500000"};
    words.insert(words.end(), more.begin(), more.end());
    return folder.otatool(words).exit_code;
  };
  configure("512k");
  for (const char* target : {"kitchen", "http://kitchen/"}) {
    EXPECT_EQ(exit_code({target}), 7) << target;
    EXPECT_NE(exit_code({target, "--layout", "4m2m"}), 7) << target;
    EXPECT_NE(exit_code({target, "--force", "space"}), 7) << target;
  }
  configure("4m2m");
  EXPECT_NE(exit_code({"kitchen"}), 7);
  configure("none");
  EXPECT_EQ(exit_code({"kitchen"}), 2);
}

TEST(RefusalNames, AnUnknownNameIsAUsageErrorThatListsAllNames) {
  const SigningFolder folder;
  const Outcome outcome =
      folder.otatool({"upload", "app.bin", "192.0.2.1", "--dry-run", "--force", "everything"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(
      outcome.error,
      AllOf(HasSubstr("unknown check 'everything'"), HasSubstr("signed-package, signature")));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

TEST(SeveralRefusals, EachHasItsLineWithReasonAndCheck) {
  const SigningFolder folder;
  folder.write("cut.bin", cut(sketch(), 17'000));
  const Words plan = {"upload", "cut.bin", "127.0.0.1:3232", "--dry-run"};
  const Outcome outcome = folder.otatool(plan);
  EXPECT_EQ(outcome.exit_code, 7);
  const auto lines = lines_of(outcome.error);
  ASSERT_EQ(lines.size(), 2U) << outcome.error;
  EXPECT_THAT(lines[0],
              AllOf(HasSubstr("otatool: error: cut.bin: the file ends after"),
                    HasSubstr("; also: the image is for esp8266, the device is an ESP32 (wrong-"
                              "chip)")));
  EXPECT_THAT(lines[1], HasSubstr("--force damaged --force wrong-chip sends it"));
  Words forced = plan;
  forced.insert(forced.end(), {"--force", "damaged", "--force", "wrong-chip"});
  EXPECT_EQ(folder.otatool(forced).exit_code, 0);
}

TEST(PartitionTable, RefusesAnImageThatExceedsItsPartition) {
  const SigningFolder folder;
  folder.write("esp32.bin", support::esp32_image());
  folder.write("small.csv", bytes_of("app0, app, ota_0, 0x10000, 256\n"));
  folder.write("large.csv", bytes_of("app0, app, ota_0, 0x10000, 1M\n"));
  folder.write("none.csv", bytes_of("app0, app, factory, 0x10000, 1M\n"));
  folder.write("table.bin", support::partition_table());
  const auto plan = [&folder](const char* table, const Words& more = {}) {
    Words words = {"upload", "esp32.bin", "127.0.0.1", "--dry-run", "--partitions", table};
    words.insert(words.end(), more.begin(), more.end());
    return folder.otatool(words);
  };
  const Outcome small = plan("small.csv");
  EXPECT_EQ(small.exit_code, 7);
  EXPECT_THAT(small.error, HasSubstr("the app partition has 256 bytes, and the image has "));
  EXPECT_EQ(plan("small.csv", {"--force", "space"}).exit_code, 0);
  EXPECT_EQ(plan("large.csv").exit_code, 0);
  EXPECT_EQ(plan("table.bin").exit_code, 0);
  EXPECT_THAT(plan("none.csv").error, HasSubstr("no partition for updates"));
  EXPECT_THAT(plan("esp32.bin").error, HasSubstr("option '--partitions': esp32.bin: "));
  EXPECT_EQ(plan("nosuch.csv").exit_code, 7);
}

TEST(SeveralTargets, TheOneWithTheWrongChipIsNamed) {
  const SigningFolder folder;
  const Outcome outcome =
      folder.otatool({"upload", "app.bin", "127.0.0.1:8266", "127.0.0.2:3232", "--dry-run"});
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_THAT(outcome.error, HasSubstr("app.bin: 127.0.0.2:3232: the image is for esp8266"));
}

// espota.md 2.1: an ESP32 accepts FAT too.
TEST(UnknownFilesystem, IsSentWithAWarning) {
  const SigningFolder folder;
  const Words plan = {"upload", "junk.bin", "127.0.0.1", "--dry-run"};
  EXPECT_EQ(folder.otatool(plan).exit_code, 7);
  Words words = plan;
  words.emplace_back("--fs");
  const Outcome outcome = folder.otatool(words);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(
      outcome.error,
      HasSubstr(
          "otatool: warning: junk.bin: unknown kind of filesystem; it is sent without checks\n"));
  EXPECT_THAT(outcome.output, HasSubstr("for the filesystem"));
  words[1] = "app.bin";
  EXPECT_EQ(folder.otatool(words).exit_code, 7);
}

TEST(RefusalInJson, IsOneDocumentThatHasTheHint) {
  const SigningFolder folder;
  const Outcome outcome = folder.otatool({"upload", "junk.bin", "192.0.2.1", "--json"});
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_THAT(outcome.output, AllOf(HasSubstr(R"("exit":7)"), HasSubstr("--force not-an-image")));
}

}  // namespace
}  // namespace otatool::test
