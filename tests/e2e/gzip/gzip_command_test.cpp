// `otatool gzip`: the model of the loader boots its packages, and unsuitable files are refused with
// exit code 7 (each row of signing-gzip-images.md 2.3).
#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/bytes.hpp"

#include "tests/support/eboot_model.hpp"
#include "tests/support/gzip_peer.hpp"
#include "tests/support/image_builder.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {
namespace {

using support::Blob;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

Blob sketch() {
  support::ArduinoSpec spec;
  spec.header.size_and_frequency = 0x20;  // 1 MiB
  spec.code_size = 60001;
  spec.text = std::string(30000, ' ');
  return support::arduino_image(spec);
}

Blob blob(const std::string& text) {
  const Bytes bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

class GzipCommand : public ::testing::Test {
 protected:
  void write(const char* name, const Blob& content) const { folder_.write(name, as_text(content)); }
  [[nodiscard]] Outcome gzip(std::vector<std::string> arguments,
                             std::optional<std::string> input = {}) const {
    arguments.insert(arguments.begin(), "gzip");
    ProgramCall call{.program = OTATOOL_BINARY};
    call.arguments = std::move(arguments);
    call.folder = folder_.path().string();
    call.input = std::move(input);
    return run(call);
  }

  const TemporaryFolder folder_;
};

/// The flash after the loader has installed `package` over an older sketch.
bool starts_on_device(const Blob& package, const Blob& image) {
  EbootModel device(0x80000, support::arduino_image());
  const std::size_t source = device.stage_below(0x60000, package);
  return device.copy(source, package.size()) == CopyResult::Copied && device.starts(image);
}

TEST_F(GzipCommand, WritesAPackageThatBoots) {
  const Blob image = sketch();
  write("app.bin", image);
  for (const std::string level : {"1", "12", "zopfli"}) {
    const Outcome outcome = gzip({"app.bin", "--level", level});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(outcome.output, HasSubstr("of " + std::to_string(image.size()) + ": saves "));
    EXPECT_THAT(outcome.output, HasSubstr("on air: "));
    EXPECT_THAT(outcome.error, IsEmpty());
    const Blob package = blob(folder_.read("app.bin.gz"));
    EXPECT_LT(package.size(), image.size());
    EXPECT_EQ(package.size() % 4, 0U);
    EXPECT_TRUE(starts_on_device(package, image));
    EXPECT_EQ(gzip({"--check", "app.bin.gz"}).exit_code, 0);
  }
}

TEST_F(GzipCommand, IsReproducible) {
  write("app.bin", sketch());
  ASSERT_EQ(gzip({"app.bin", "-o", "one.gz"}).exit_code, 0);
  ASSERT_EQ(gzip({"app.bin", "-o", "two.gz"}).exit_code, 0);
  EXPECT_FALSE(folder_.read("one.gz").empty());
  EXPECT_EQ(folder_.read("one.gz"), folder_.read("two.gz"));
}

TEST_F(GzipCommand, WorksInAPipe) {
  const Blob image = sketch();
  const Outcome outcome = gzip({"-"}, std::string(as_text(image)));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_TRUE(starts_on_device(blob(outcome.output), image));
  EXPECT_THAT(outcome.error, StartsWith("package: "));

  const Outcome json = gzip({"-", "--json"}, std::string(as_text(image)));
  EXPECT_EQ(json.exit_code, 2);
}

TEST_F(GzipCommand, JsonHasTheSameValues) {
  const Blob image = sketch();
  write("app.bin", image);
  const Outcome outcome = gzip({"app.bin", "--json", "--layout", "1m64", "--current", "100000"});
  ASSERT_EQ(outcome.exit_code, 0);
  const auto json = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["file"], "app.bin");
  EXPECT_EQ(json["output"], "app.bin.gz");
  EXPECT_EQ(json["size"], image.size());
  EXPECT_EQ(json["packed_size"], folder_.read("app.bin.gz").size());
  EXPECT_EQ(json["sha256"], support::sha256_hex(blob(folder_.read("app.bin.gz"))));
  EXPECT_EQ(json["fit"]["fits"], true);
  EXPECT_EQ(json["fit"]["current"], 102400);
  EXPECT_EQ(json["unpacks_in_place"], true);
  EXPECT_EQ(json["air_times"].size(), 3U);
}

TEST_F(GzipCommand, WritesTheFlashModeIntoTheImage) {
  const Blob image = sketch();
  write("app.bin", image);
  const Outcome outcome = gzip({"app.bin", "--flash-mode", "dout"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, HasSubstr("FLASH MODE CHANGED from dio to dout"));

  // --check compares the CRC of the packed image with its bytes.
  EXPECT_EQ(gzip({"--check", "app.bin.gz"}).exit_code, 0);
  EbootModel device(0x80000, {});
  const Blob package = blob(folder_.read("app.bin.gz"));
  device.copy(device.stage_below(0x60000, package), package.size());
  EXPECT_EQ(device.flash()[2], 3);
  std::size_t changed = 0;
  for (std::size_t i = 0; i < image.size(); ++i) {
    changed += device.flash()[i] != image[i] ? 1U : 0U;
  }
  EXPECT_GT(changed, 1U);
  EXPECT_LE(changed, 1U + 4U);

  ASSERT_EQ(gzip({"app.bin", "--flash-mode", "keep"}).exit_code, 0);
  EXPECT_TRUE(starts_on_device(blob(folder_.read("app.bin.gz")), image));
}

TEST_F(GzipCommand, RefusesImagesThatNoEsp8266CanUnpack) {
  struct Case {
    Blob content;
    int exit_code;
    const char* reason;
  };
  for (const Case& bad : {Case{{}, 7, ""},
                          Case{blob("hello\n"), 7, ""},
                          Case{support::esp32_image(), 7, "does not unpack packages"},
                          Case{support::loader_image(), 7, ""},
                          Case{support::littlefs_image(4096, 4), 7, "a filesystem"},
                          Case{member(sketch()), 7, "already a gzip package"},
                          Case{support::with_trailer(sketch(), 256), 8, "is signed"}}) {
    write("in", bad.content);
    const Outcome outcome = gzip({"in"});
    EXPECT_EQ(outcome.exit_code, bad.exit_code) << outcome.output;
    EXPECT_THAT(outcome.error, AllOf(StartsWith("otatool: error: "), HasSubstr(bad.reason)));
    EXPECT_THAT(folder_.files(), ElementsAre("in"));
  }
}

TEST_F(GzipCommand, RefusesADamagedImage) {
  Blob image = sketch();
  image[image.size() / 2] ^= 1;
  write("in", image);
  EXPECT_EQ(gzip({"in"}).exit_code, 7);
  EXPECT_EQ(gzip({"in", "--flash-mode", "dout"}).exit_code, 7);
  EXPECT_THAT(folder_.files(), ElementsAre("in"));
}

TEST_F(GzipCommand, PacksAFilesystemOnlyWithItsOption) {
  write("fs.bin", support::littlefs_image(8192, 8));
  EXPECT_EQ(gzip({"fs.bin"}).exit_code, 7);
  EXPECT_EQ(gzip({"fs.bin", "--fs"}).exit_code, 0);
  EXPECT_EQ(gzip({"--check", "fs.bin.gz", "--layout", "1m64"}).exit_code, 0);
  for (const char* layout : {"1m", "1m128"}) {
    const Outcome other = gzip({"--check", "fs.bin.gz", "--layout", layout});
    EXPECT_EQ(other.exit_code, 7);
    EXPECT_THAT(other.error, HasSubstr("the filesystem has 65536 bytes"));
  }
  write("app.bin", sketch());
  EXPECT_EQ(gzip({"app.bin", "--fs"}).exit_code, 7);
}

TEST_F(GzipCommand, RefusesACopyOfAWholeFlash) {
  Blob dump = sketch();
  dump.resize(4 << 20, 0xFF);
  write("dump.bin", dump);
  EXPECT_THAT(gzip({"dump.bin"}).error, HasSubstr("fit no flash layout"));
  write("dump.bin.gz", member(dump));
  const Outcome check = gzip({"--check", "dump.bin.gz"});
  EXPECT_EQ(check.exit_code, 7);
  EXPECT_THAT(check.error, HasSubstr("the package unpacks to 4194304 bytes"));
}

TEST_F(GzipCommand, RefusesAPackageWithMoreFlashThanTheLayout) {
  write("app.bin", support::arduino_image());  // 4 MiB
  const Outcome small = gzip({"app.bin", "--layout", "1m64"});
  EXPECT_EQ(small.exit_code, 7);
  EXPECT_THAT(small.error, HasSubstr("names 4096 KiB of flash"));
  EXPECT_EQ(gzip({"app.bin", "--layout", "4m2m"}).exit_code, 0);
}

TEST_F(GzipCommand, RefusesAPackageThatDoesNotFit) {
  write("app.bin", sketch());
  write("old.bin", support::arduino_image());
  EXPECT_EQ(gzip({"app.bin", "--layout", "1m64", "--current", "old.bin"}).exit_code, 0);
  std::filesystem::remove(folder_ / "app.bin.gz");

  const Outcome outcome = gzip({"app.bin", "--layout", "1m64", "--current", "0xE0000"});
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_THAT(outcome.error, HasSubstr("962560 bytes below the filesystem"));
  EXPECT_THAT(folder_.files(), ElementsAre("app.bin", "old.bin"));

  write("fs.bin", support::littlefs_image(4096, 4));
  EXPECT_EQ(gzip({"app.bin", "--current", "fs.bin"}).exit_code, 7);
}

TEST_F(GzipCommand, WarnsAboutTheWebForm) {
  Blob image = sketch();
  write("app.bin", image);
  EXPECT_THAT(gzip({"app.bin", "--current", "90000"}).error, IsEmpty());
  const Outcome outcome = gzip({"app.bin", "--current", "4096"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.error, HasSubstr("warning: not for the web form"));
}

TEST_F(GzipCommand, RefusesInvalidOptionsBeforeItReadsInput) {
  const std::vector<std::vector<std::string>> calls = {{"--level", "0"},
                                                       {"--level", "13"},
                                                       {"--level", "best"},
                                                       {"--flash-mode", "quad"},
                                                       {"--layout", "3m"},
                                                       {"--check", "--level", "3"},
                                                       {"--check", "-o", "x"},
                                                       {"--check", "--flash-mode", "dio"},
                                                       {"--speed", "1"}};
  for (std::vector<std::string> call : calls) {
    call.insert(call.begin(), "missing.bin");
    EXPECT_EQ(gzip(call).exit_code, 2) << call[1];
  }
  EXPECT_EQ(gzip({}).exit_code, 2);
  EXPECT_EQ(gzip({"a", "b"}).exit_code, 2);
}

class GzipCheck : public GzipCommand {
 protected:
  /// Fails with exit code 7 and a reason, as text and as JSON.
  void expect_refused(const Blob& package, const char* reason) const {
    write("p.gz", package);
    const Outcome outcome = gzip({"--check", "p.gz"});
    EXPECT_EQ(outcome.exit_code, 7) << reason;
    EXPECT_THAT(outcome.error, AllOf(HasSubstr("p.gz: "), HasSubstr(reason)));
    EXPECT_THAT(outcome.output, IsEmpty());
    const Outcome json = gzip({"--check", "p.gz", "--json"});
    EXPECT_EQ(json.exit_code, 7);
    EXPECT_EQ(nlohmann::json::parse(json.output)["error"]["exit"], 7);
  }
};

TEST_F(GzipCheck, DescribesThePackedImage) {
  HeaderShape shape;
  shape.flags = 8;
  shape.time = 1700000000;
  shape.name = {'a', '.', 'b', 0};
  const Blob package = member(sketch(), {}, shape);
  write("p.gz", package);
  const Outcome text = gzip({"--check", "p.gz"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_THAT(text.output, AllOf(HasSubstr("p.gz: valid: "), HasSubstr("ESP8266 Arduino image")));
  const auto json = nlohmann::json::parse(gzip({"--check", "p.gz", "--json"}).output);
  EXPECT_EQ(json["valid"], true);
  EXPECT_EQ(json["package_size"], package.size());
  EXPECT_EQ(json["content_size"], sketch().size());
  EXPECT_EQ(json["name"], "a.b");
  EXPECT_EQ(json["modified"], 1700000000);
  EXPECT_EQ(json["kind"], "esp8266-arduino");
  EXPECT_EQ(json["aligned"], package.size() % 4 == 0);
  EXPECT_EQ(json["signed"], false);
}

TEST_F(GzipCheck, IgnoresTheSignature) {
  ASSERT_EQ(gzip({"-", "-o", "p.gz"}, std::string(as_text(sketch()))).exit_code, 0);
  write("p.gz", support::with_trailer(blob(folder_.read("p.gz")), 256));
  const Outcome outcome = gzip({"--check", "p.gz"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, HasSubstr("followed by a signature"));
  EXPECT_THAT(outcome.output, HasSubstr("erases its own loader"));
}

TEST_F(GzipCheck, RefusesEveryBrokenPackage) {
  const Blob sound = member(sketch());
  const auto changed = [&sound](std::size_t from_end, std::uint8_t byte) {
    Blob package = sound;
    package[package.size() - from_end] = byte;
    return package;
  };
  const auto extended = [&sound](const Blob& more) {
    Blob package = sound;
    package.insert(package.end(), more.begin(), more.end());
    return package;
  };
  Blob reserved = sound;
  reserved[3] = 0x40;
  Blob flipped = sound;
  flipped[flipped.size() / 2] ^= 1;

  expect_refused({}, "the file is empty");
  expect_refused(sketch(), "not a gzip file");
  expect_refused(reserved, "reserved bits");
  expect_refused(changed(8, static_cast<std::uint8_t>(sound[sound.size() - 8] ^ 1)), "has the CRC");
  expect_refused(changed(1, 0x80), "report success and change nothing");
  expect_refused(changed(2, 7), "report success and not start again");
  expect_refused(extended({0}), "1 byte after the end");
  expect_refused(extended(Blob(4)), "report success and change nothing");
  expect_refused(extended(sound), "second gzip member");
  expect_refused(flipped, "; a device would ");
  expect_refused(Blob(sound.begin(), sound.end() - 100), "cut off");
}

TEST_F(GzipCheck, RefusesAValidPackageOfOtherData) {
  expect_refused(member(blob("hello\n")), "inside the package");
  expect_refused(member(support::esp32_image()), "ESP32");
  expect_refused(member(member(sketch())), "another package");
  Blob image = sketch();
  image[image.size() / 2] ^= 1;
  expect_refused(member(image), "");
}

}  // namespace
}  // namespace otatool::test
