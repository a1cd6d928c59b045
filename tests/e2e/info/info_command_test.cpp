// `otatool info`: its output as text and JSON, and its exit codes.
#include <algorithm>

#include <gmock/gmock.h>
#include <openssl/evp.h>

#include "tests/e2e/info/info_call.hpp"
#include "tests/support/gzip_peer.hpp"
#include "tests/support/image_builder.hpp"

namespace otatool::test {
namespace {

using support::Blob;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

Blob text(std::string_view content) {
  const Bytes bytes = as_bytes(content);
  return {bytes.begin(), bytes.end()};
}

Blob md5_of(Bytes bytes) {
  Blob digest(16);
  EXPECT_EQ(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_md5(), nullptr), 1);
  return digest;
}

TEST_F(InfoCommand, DescribesAnArduinoImage) {
  write("app.bin", support::arduino_image());
  const Outcome outcome = info({"app.bin"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.error, IsEmpty());
  EXPECT_THAT(outcome.output,
              AllOf(StartsWith("app.bin\n  Kind         ESP8266 Arduino image"),
                    HasSubstr("\n  Flash        dio, 4 MiB, 40m\n"),
                    HasSubstr("\n  Entry        0x40100000\n"),
                    HasSubstr("at 0x1014 over"),
                    ContainsRegex("\n  app +0x001010 +0x40201010 +3001 +flash\n"),
                    Not(HasSubstr("WRONG")),
                    Not(HasSubstr("Problems"))));
}

TEST_F(InfoCommand, JsonHasTheSameValues) {
  const Blob image = support::arduino_image();
  write("app.bin", image);
  const auto json = document({"app.bin"});
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["file"], "app.bin");
  EXPECT_EQ(json["size"], image.size());
  EXPECT_EQ(json["kind"], "esp8266-arduino");
  EXPECT_EQ(json["chip"], "esp8266");
  EXPECT_EQ(json["sha256"], support::sha256_hex(image));
  EXPECT_EQ(json["md5"].get<std::string>().size(), 32U);
  EXPECT_EQ(json["sketch_md5"], json["md5"]);
  EXPECT_EQ(json["entry"], 0x40100000);
  EXPECT_EQ(json["flash"],
            nlohmann::json({{"mode", "dio"}, {"size", 4194304}, {"frequency", "40m"}}));
  EXPECT_EQ(json["segments"].size(), 7U);
  EXPECT_EQ(json["segments"][2]["part"], "app");
  EXPECT_EQ(json["segments"][2]["address"], 0x40201010);
  EXPECT_EQ(json["segments"][2]["memory"], "flash");
  EXPECT_EQ(json["checksum"]["valid"], true);
  EXPECT_EQ(json["crc"]["valid"], true);
  EXPECT_EQ(json["crc"]["offset"], 4116);
  EXPECT_EQ(json["signature"], nullptr);
  EXPECT_EQ(json["findings"], nlohmann::json::array());
}

TEST_F(InfoCommand, DescribesAnEsp32App) {
  write("app.bin", support::esp32_image({.chip_id = 5}));
  const auto json = document({"app.bin"});
  EXPECT_EQ(json["kind"], "esp32-app");
  EXPECT_EQ(json["chip"], "esp32-c3");
  EXPECT_EQ(json["app"]["project"], "thermostat");
  EXPECT_EQ(json["app"]["idf_version"], "v5.1.4");
  EXPECT_EQ(json["hash"]["valid"], true);
  EXPECT_EQ(json["esp32"]["min_revision"], 100);
  EXPECT_THAT(info({"app.bin"}).output,
              AllOf(HasSubstr("Revisions    v1.0 to v3.99"), HasSubstr("thermostat 1.2.3")));
}

TEST_F(InfoCommand, RecognisesEveryKindOfFile) {
  const std::vector<std::pair<Blob, const char*>> files = {
      {support::loader_image(), "esp8266-loader"},
      {support::v1_image({}, {{0x40100000, {1}}}), "esp8266-v1"},
      {support::v2_image(64, {{0x40100000, {1}}}), "esp8266-v2"},
      {support::esp32_bootloader(), "esp32-bootloader"},
      {support::merged_image(0x1000, 0), "esp32-merged"},
      {support::partition_table(), "esp32-partition-table"},
      {support::littlefs_image(4096, 4), "littlefs"},
      {support::spiffs_image(8192, 4, false), "spiffs"},
      {text("\x7F"
            "ELF\x01"),
       "elf"},
      {text(":00000001FF\n"), "intel-hex"},
      {text("PK\x03\x04"), "zip"},
      {text("<html>404</html>"), "html"},
      {Blob(100, 0xFF), "blank"},
      {support::noise(100, 1), "unknown"},
      {{}, "empty"}};
  for (const auto& [content, kind] : files) {
    write("file", content);
    const Outcome outcome = info({"file", "--json"});
    EXPECT_EQ(outcome.exit_code, 0) << kind;
    const auto json = nlohmann::json::parse(outcome.output);
    EXPECT_EQ(json["kind"], kind);
    const bool files_of_device = json.contains("filesystem");
    EXPECT_EQ(codes(json, "error").empty(), files_of_device) << kind;
    EXPECT_EQ(info({"file"}).exit_code, 0) << kind;
  }
}

TEST_F(InfoCommand, ListsThePartitionsOfAMergedImage) {
  write("merged.bin", support::merged_image(0x1000, 0));
  EXPECT_THAT(info({"merged.bin"}).output,
              AllOf(HasSubstr("App inside   at 0x010000"), HasSubstr("app0"), HasSubstr("error")));
  const auto json = document({"merged.bin"});
  EXPECT_EQ(json["app_offset"], 0x10000);
  EXPECT_EQ(json["partitions"][2]["label"], "app0");
}

TEST_F(InfoCommand, ChecksThePartitionTableAndTheAppOfAMergedImage) {
  Blob merged = support::merged_image(0x1000, 0);
  const std::size_t entries = 4 * 32;
  const std::size_t row = 0x8000 + entries;
  const Blob md5 = md5_of(Bytes(merged).subspan(0x8000, entries));
  merged[row] = merged[row + 1] = 0xEB;
  std::ranges::copy(md5, merged.begin() + static_cast<std::ptrdiff_t>(row + 16));
  write("merged.bin", merged);
  EXPECT_THAT(info({"merged.bin"}).output,
              AllOf(HasSubstr("\n  MD5          " + to_hex(md5) + ", correct\n"),
                    HasSubstr("\n  Secure ver.  3\n"),
                    HasSubstr("\n  App          thermostat 1.2.3\n")));
  EXPECT_EQ(document({"merged.bin"})["partition_md5"]["valid"], true);
  merged[0x8000 + 5] ^= 0x10;  // moves a partition
  merged[0x10000 + 70] ^= 1;
  write("merged.bin", merged);
  const auto json = document({"merged.bin"});
  EXPECT_EQ(json["partition_md5"]["valid"], false);
  EXPECT_THAT(codes(json, "error"), AllOf(Contains("partition-md5"), Contains("sha256")));
  EXPECT_THAT(info({"merged.bin"}).output, HasSubstr("checksum of the app at 0x010000 is"));
}

TEST_F(InfoCommand, DescribesTheImageInAPackage) {
  const Blob image = support::arduino_image();
  const Blob package = member(image);
  write("app.bin", image);
  write("app.bin.gz", package);
  const auto json = document({"app.bin.gz"});
  EXPECT_EQ(json["kind"], "gzip");
  EXPECT_EQ(json["chip"], "esp8266");
  EXPECT_EQ(json["sketch_md5"], document({"app.bin"})["md5"]);
  EXPECT_NE(json["sketch_md5"], json["md5"]);
  EXPECT_EQ(json["gzip"]["valid"], true);
  EXPECT_EQ(json["gzip"]["package_size"], package.size());
  EXPECT_EQ(json["gzip"]["content_size"], image.size());
  EXPECT_EQ(json["gzip"]["content"]["kind"], "esp8266-arduino");
  EXPECT_EQ(json["gzip"]["content"]["crc"]["valid"], true);
  EXPECT_THAT(codes(json, "error"), IsEmpty());
}

TEST_F(InfoCommand, ReportsTheProblemsOfAPackage) {
  const Blob sound = member(support::arduino_image());
  const auto codes_of = [this](const Blob& package) {
    write("p.gz", package);
    EXPECT_EQ(info({"p.gz"}).exit_code, 0);
    EXPECT_THAT(info({"p.gz"}).output, HasSubstr("BROKEN"));
    const auto json = document({"p.gz"});
    EXPECT_EQ(json["gzip"]["valid"], false);
    EXPECT_EQ(json["gzip"]["content"], nullptr);
    return codes(json, "error");
  };
  Blob one_more = sound;
  one_more.push_back(0);
  EXPECT_THAT(codes_of(one_more), Contains("package-bytes-behind-trailer"));
  Blob twice = sound;
  support::append(twice, sound);
  EXPECT_THAT(codes_of(twice), Contains("package-second-member"));
  Blob flag = sound;
  flag[3] = 0x40;
  EXPECT_THAT(codes_of(flag), Contains("package-reserved-flags"));
  Blob crc = sound;
  crc[crc.size() - 8] ^= 1;
  EXPECT_THAT(codes_of(crc), Contains("package-wrong-crc"));
  Blob size = sound;
  size[size.size() - 4] ^= 1;
  EXPECT_THAT(codes_of(size), Contains("package-wrong-size"));
  EXPECT_THAT(codes_of(Blob(sound.begin(), sound.end() - 9)), Contains("package-truncated"));
}

TEST_F(InfoCommand, WarnsAboutASignedPackage) {
  Blob package = member(support::arduino_image());
  while (package.size() % 4 == 0) {
    HeaderShape shape;
    shape.flags = 0x10;
    shape.comment = {' ', 0};
    package = member(support::arduino_image(), {}, shape);
  }
  write("p.gz.signed", support::with_trailer(package, 256));
  const auto json = document({"p.gz.signed"});
  EXPECT_EQ(json["signature"]["payload_size"], package.size());
  EXPECT_EQ(json["signature"]["certain"], true);
  EXPECT_EQ(json["gzip"]["valid"], true);
  EXPECT_THAT(codes(json, "warning"),
              AllOf(Contains("signed-package"), Contains("signed-package-unaligned")));
}

TEST_F(InfoCommand, ReportsWhetherTheImageFits) {
  const Blob image = support::arduino_image();
  write("app.bin", image);
  write("old.bin", image);
  const Outcome fits = info({"app.bin", "--layout", "1m64", "--current", "old.bin"});
  EXPECT_EQ(fits.exit_code, 0);
  EXPECT_THAT(fits.output, AllOf(HasSubstr("Space in 1m64"), HasSubstr("Fits         yes")));

  const Outcome too_large = info({"app.bin", "--layout", "1m64", "--current", "960000"});
  EXPECT_EQ(too_large.exit_code, 7);
  EXPECT_THAT(too_large.output, AllOf(HasSubstr("Fits         NO"), HasSubstr("962560")));
  const auto json = document({"app.bin", "--layout", "1m64", "--current", "960000"});
  EXPECT_EQ(json["fit"]["fits"], false);
  EXPECT_EQ(json["fit"]["available"], 962560);
  EXPECT_THAT(codes(json, "error"), ElementsAre("does-not-fit"));
}

TEST_F(InfoCommand, WarnsIfTheHeaderDeclaresMoreFlashThanTheLayout) {
  write("app.bin", support::arduino_image({.header = {.size_and_frequency = 0x40}}));
  EXPECT_THAT(codes(document({"app.bin", "--layout", "1m64"}), "warning"),
              ElementsAre("flash-size-layout"));
  EXPECT_THAT(codes(document({"app.bin", "--layout", "4m2m"}), "warning"), IsEmpty());
  EXPECT_THAT(info({"app.bin", "--layout", "1m64"}).output, Not(HasSubstr("package")));
  write("app.gz", member(support::arduino_image({.header = {.size_and_frequency = 0x40}})));
  EXPECT_EQ(info({"app.gz", "--layout", "1m64"}).exit_code, 7);
}

TEST_F(InfoCommand, ReportsWhetherTheUnpackedImageFits) {
  support::ArduinoSpec spec;
  spec.header.size_and_frequency = 0x20;  // 1 MiB
  spec.text = std::string(600'000, ' ');
  write("p.gz", member(support::arduino_image(spec)));
  const Outcome outcome = info({"p.gz", "--layout", "512k", "--current", "0x10000"});
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_THAT(outcome.output, HasSubstr("unpacks to"));
  EXPECT_EQ(info({"p.gz", "--layout", "1m", "--current", "0x10000"}).exit_code, 0);
  EXPECT_EQ(document({"p.gz", "--current", "4096"})["unpacks_in_place"], false);
}

TEST_F(InfoCommand, ReportsWhetherAFilesystemFits) {
  write("fs.bin", support::littlefs_image(4096, 16));
  EXPECT_EQ(info({"fs.bin", "--layout", "1m64"}).exit_code, 0);
  for (const char* other : {"512k32", "1m128"}) {
    EXPECT_EQ(info({"fs.bin", "--layout", other}).exit_code, 7) << other;
  }
}

TEST_F(InfoCommand, ExtractsTheAppOfAMergedImage) {
  write("factory.bin", support::merged_image(0x1000, 0));
  EXPECT_EQ(info({"factory.bin", "--extract", "app"}).exit_code, 2);
  EXPECT_EQ(info({"factory.bin", "-o", "app.bin"}).exit_code, 2);
  EXPECT_EQ(info({"factory.bin", "--extract", "table", "-o", "app.bin"}).exit_code, 2);
  ASSERT_EQ(info({"factory.bin", "--extract", "app", "-o", "app.bin"}).exit_code, 0);
  EXPECT_EQ(document({"app.bin"})["kind"], "esp32-app");
  EXPECT_EQ(info({"app.bin", "--extract", "app", "-o", "again.bin"}).exit_code, 7);
}

TEST_F(InfoCommand, ListsTheLayouts) {
  const Outcome outcome = info({"--list-layouts"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("\n4m2m "), HasSubstr("\n16m15m ")));
  const auto json = document({"--list-layouts"});
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["layouts"].size(), 26U);
  EXPECT_EQ(json["layouts"][5]["name"], "1m64");
  EXPECT_EQ(json["layouts"][5]["fs_start"], 0xEB000);
}

TEST_F(InfoCommand, ReadsStdin) {
  const Blob image = support::esp32_image();
  const Outcome outcome = info({"-", "--json"}, std::string(as_text(image)));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(outcome.output)["kind"], "esp32-app");
}

TEST_F(InfoCommand, FailsWithTheDocumentedExitCodes) {
  write("app.bin", support::esp32_image());
  EXPECT_EQ(info({}).exit_code, 2);
  EXPECT_EQ(info({"a", "b"}).exit_code, 2);
  EXPECT_EQ(info({"missing.bin"}).exit_code, 7);
  EXPECT_EQ(info({"."}).exit_code, 7);
  EXPECT_EQ(info({"app.bin", "--layout", "3m"}).exit_code, 2);
  EXPECT_EQ(info({"app.bin", "--layout", "4m2m"}).exit_code, 7);
  const auto json = document({"missing.bin"});
  EXPECT_EQ(json["error"]["code"], "file-unreadable");
  EXPECT_EQ(json["error"]["exit"], 7);
}

TEST_F(InfoCommand, ControlCharactersOfAFileDoNotReachTheTerminal) {
  HeaderShape shape;
  shape.flags = 8;
  shape.name = {'a', 0x1B, '[', '2', 'J', 0xFF, 0};
  write("p.gz", member(support::arduino_image(), {}, shape));
  const Outcome outcome = info({"p.gz"});
  EXPECT_EQ(outcome.output.find('\x1B'), std::string::npos);
  EXPECT_THAT(outcome.output, HasSubstr("a\\x1b[2J\\xff"));
  EXPECT_TRUE(document({"p.gz"}).is_object());
}

}  // namespace
}  // namespace otatool::test
