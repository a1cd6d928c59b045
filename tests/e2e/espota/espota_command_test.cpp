// The command lines of Arduino and PlatformIO (espota.md 4.2, 4.3) under each name of the drop-in:
// exit codes 0, 1 and 2, and the texts that scripts search for.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/stock_fixture.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class EspotaCommand : public StockUpload {
 protected:
  [[nodiscard]] static ProgramCall call(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "espota");
    return {.program = OTATOOL_BINARY, .arguments = std::move(arguments)};
  }
  [[nodiscard]] static Outcome espota(std::vector<std::string> arguments) {
    return run(call(std::move(arguments)));
  }
  /// The arguments of Arduino's recipe for the ESP8266 after IDE 2 has replaced the properties.
  [[nodiscard]] std::vector<std::string> arduino(const std::string& port,
                                                 const std::string& password = {}) const {
    return {"-i", "127.0.0.1", "-p", port, "--auth=" + password, "-f", image_path_};
  }
};

TEST_F(EspotaCommand, UploadsToAnEsp8266ForArduino) {
  StockProgram device({"esp8266-3.x"});
  const Outcome outcome = espota(arduino(device.port()));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, IsEmpty());
  EXPECT_THAT(outcome.error,
              AllOf(StartsWith("Sending invitation to 127.0.0.1\n"),
                    HasSubstr("Waiting for device..."),
                    HasSubstr("\n.........."),
                    HasSubstr("\nWaiting for result...\nResult: OK\n"),
                    Not(HasSubstr("Authenticating")),
                    Not(HasSubstr("\r"))));
  EXPECT_THAT(device.end_by_itself(), StartsWith("state=restarted bytes=60000 md5=" + image_md5()));
}

TEST_F(EspotaCommand, UploadsToAnEsp32ForArduino) {
  StockProgram device({"esp32-3.3", "password=pass word"});
  std::vector<std::string> words = arduino(device.port(), "pass word");
  words.insert(words.begin(), "-r");
  const Outcome outcome = espota(words);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error,
              AllOf(HasSubstr("Authenticating...OK\n"),
                    HasSubstr("\rUploading: [" + std::string(60, '=') + "] 100% Done...\n"),
                    HasSubstr("Result: OK\n"),
                    Not(HasSubstr("pass word"))));
  EXPECT_THAT(device.end_by_itself(), HasSubstr("md5=" + image_md5()));
}

TEST_F(EspotaCommand, UploadsForPlatformIo) {
  for (const char* profile : {"esp8266-3.x", "esp32-3.0"}) {
    SCOPED_TRACE(profile);
    StockProgram device({profile, "password=s3cret-word"});
    const Outcome outcome = espota({"--debug",
                                    "--progress",
                                    "-i",
                                    "127.0.0.1",
                                    "--auth=s3cret-word",
                                    "--port=" + device.port(),
                                    "--host_port=0",
                                    "--host_ip=127.0.0.1",
                                    "--timeout=10",
                                    "-f",
                                    image_path_});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(outcome.error,
                AllOf(HasSubstr("[DEBUG]: "),
                      HasSubstr("Authenticating...OK\n"),
                      HasSubstr("100% Done...\n"),
                      Not(HasSubstr("s3cret"))));
    EXPECT_THAT(device.end_by_itself(), HasSubstr("md5=" + image_md5()));
  }
}

TEST_F(EspotaCommand, UploadsAFilesystemForPlatformIo) {
  const support::Blob filesystem = support::littlefs_image(4096, 16);
  const std::string path = folder_.write("littlefs.bin", as_text(filesystem));
  for (const char* option : {"-s", "--spiffs"}) {
    StockProgram device({"esp8266-3.x"});
    const std::vector<std::string> words = {
        "--debug", "--progress", "-i", "127.0.0.1", "-p", device.port(), "-f", path};
    const Outcome without = espota(words);
    EXPECT_EQ(without.exit_code, 1);
    EXPECT_THAT(without.error, HasSubstr("this is a filesystem"));
    std::vector<std::string> with = words;
    with.emplace_back(option);
    const Outcome outcome = espota(with);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(outcome.error, HasSubstr("> 100 "));
    EXPECT_THAT(device.end_by_itself(), StartsWith("state=restarted bytes=65536"));
  }
}

TEST_F(EspotaCommand, WorksUnderEachNameOfTheDropIn) {
  const std::filesystem::path link = folder_ / "espota";
  std::filesystem::create_symlink(OTATOOL_BINARY, link);
  for (ProgramCall named : {ProgramCall{.program = link.string()},
                            ProgramCall{.program = OTATOOL_BINARY, .argv0 = "espota.py"},
                            ProgramCall{.program = OTATOOL_BINARY, .argv0 = "tools/espota.exe"}}) {
    SCOPED_TRACE(named.argv0);
    StockProgram device({"esp8266-2.7"});
    named.arguments = arduino(device.port());
    const Outcome outcome = run(named);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(outcome.error, HasSubstr("Result: OK"));
    named.arguments = {"--no-such-option"};
    EXPECT_EQ(run(named).exit_code, 2);
  }
}

TEST_F(EspotaCommand, UsageErrorsExitWith2AndMissingArgumentsWith1) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {}, {"-i", "127.0.0.1"}, {"-f", image_path_}, {"--ip=", "-f", image_path_}}) {
    const Outcome outcome = espota(words);
    EXPECT_EQ(outcome.exit_code, 1) << ::testing::PrintToString(words);
    EXPECT_THAT(outcome.error, HasSubstr("Not enough arguments."));
  }
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--host", "x"}, {"-p", "udp"}, {"-i"}}) {
    const Outcome outcome = espota(words);
    EXPECT_EQ(outcome.exit_code, 2) << ::testing::PrintToString(words);
    EXPECT_THAT(outcome.error, AllOf(StartsWith("Usage: espota "), HasSubstr("espota: error: ")));
  }
  const Outcome help = espota({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.output, HasSubstr("--host_port PORT"));
}

TEST_F(EspotaCommand, WarnsAboutAPlaceholderForThePort) {
  const Outcome outcome = espota({"-i",
                                  "127.0.0.1",
                                  "-p",
                                  "{upload.port.properties.port}",
                                  "--auth=",
                                  "-f",
                                  (folder_ / "none.bin").string()});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.error,
              AllOf(StartsWith("[WARNING]: "), HasSubstr("{upload.port.properties.port}")));
}

TEST_F(EspotaCommand, PrefersTheSignedFile) {
  const support::Blob whole =
      support::with_trailer(support::Blob(image_.begin(), image_.end()), 256);
  folder_.write("firmware.bin.signed", as_text(whole));
  StockProgram device({"esp8266-3.x"});
  const Outcome outcome = espota(arduino(device.port()));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("Using the signed image " + image_path_ + ".signed"));
  EXPECT_THAT(device.end_by_itself(), StartsWith("state=restarted bytes=60260 "));

  StockProgram other({"esp8266-3.x"});
  std::vector<std::string> words = arduino(other.port());
  words.emplace_back("--no-signed");
  const Outcome plain = espota(words);
  EXPECT_EQ(plain.exit_code, 0) << plain.error;
  EXPECT_THAT(plain.error, Not(HasSubstr("signed")));
  EXPECT_THAT(other.end_by_itself(), StartsWith("state=restarted bytes=60000 "));
}

TEST_F(EspotaCommand, DoesNotSendASignedFileOfAnOlderBuild) {
  folder_.write("firmware.bin.signed", "another build and its signature");
  const std::filesystem::path signed_path = folder_ / "firmware.bin.signed";
  std::filesystem::last_write_time(
      signed_path, std::filesystem::last_write_time(image_path_) - std::chrono::hours(1));
  StockProgram device({"esp8266-3.x"});
  const Outcome outcome = espota(arduino(device.port()));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error,
              AllOf(HasSubstr("[WARNING]: sending " + image_path_ + " of "),
                    HasSubstr("firmware.bin.signed of "),
                    HasSubstr("'otatool sign " + image_path_ + " --key KEY'")));
  EXPECT_THAT(device.end_by_itself(), StartsWith("state=restarted bytes=60000 "));
}

TEST_F(EspotaCommand, FailuresUseTheTextsOfEspotaPy) {
  StockProgram locked({"esp32-3.0", "password=secret"});
  const Outcome wrong = espota(arduino(locked.port(), "s3cret-but-wrong"));
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_THAT(wrong.error,
              AllOf(HasSubstr("Authenticating...FAIL\n"),
                    HasSubstr("[ERROR]: Authentication Failed"),
                    Not(HasSubstr("s3cret"))));
  const Outcome none = espota(arduino(locked.port()));
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.error,
              AllOf(HasSubstr("Authentication Failed"),
                    HasSubstr("use -a PASSWORD"),
                    Not(HasSubstr("--password-file"))));
  locked.end();
  const Outcome closed = espota(arduino(locked.port()));
  EXPECT_EQ(closed.exit_code, 1);
  EXPECT_THAT(closed.error,
              AllOf(HasSubstr("No response from the ESP (No Answer)"),
                    HasSubstr("an ESP8266 on port 8266: check -p, ")));

  StockProgram refusing({"esp8266-3.x", "partition=1000"});
  const Outcome refused = espota(arduino(refusing.port()));
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.error, HasSubstr("Bad Answer: the device refused the update: ERROR[4]"));

  StockProgram breaking({"esp8266-3.x", "error-at=30000:1:Flash Write Failed"});
  const Outcome broken = espota(arduino(breaking.port()));
  EXPECT_EQ(broken.exit_code, 1);
  EXPECT_THAT(broken.error, AllOf(HasSubstr("Error Uploading"), HasSubstr("Flash Write Failed")));

  StockProgram mute({"esp8266-3.x", "loses-verdict"});
  const Outcome unknown = espota(arduino(mute.port()));
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.error, HasSubstr("No Result!"));

  const Outcome file = espota({"-i", "127.0.0.1", "-f", (folder_ / "none.bin").string()});
  EXPECT_EQ(file.exit_code, 1);
  EXPECT_THAT(file.error, HasSubstr("no such file"));
}

TEST_F(EspotaCommand, ControlCharactersOfTheDeviceDoNotReachTheTerminal) {
  StockProgram device({"esp8266-3.x", "error-at=30000:1:\x1B[2JFlash"});
  const Outcome outcome = espota(arduino(device.port()));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.error, AllOf(HasSubstr("\\x1b[2JFlash"), Not(HasSubstr("\x1B"))));
}

TEST_F(EspotaCommand, TakesThePasswordFromTheEnvironment) {
  StockProgram device({"esp8266-3.x", "password=s3cret-word"});
  ProgramCall with_variable = call(arduino(device.port()));
  with_variable.environment["OTATOOL_PASSWORD"] = "s3cret-word";
  with_variable.arguments.emplace_back("-d");
  const Outcome outcome = run(with_variable);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, Not(HasSubstr("s3cret")));
}

TEST_F(EspotaCommand, HidesThePasswordFromTheProcessList) {
  StockProgram device({"esp32-3.0", "password=s3cret-word", "never-handles"});
  Process process(call(arduino(device.port(), "s3cret-word")));
  ASSERT_TRUE(process.wait_for_error("Sending invitation"));
  std::ifstream file("/proc/" + std::to_string(process.pid()) + "/cmdline");
  const std::string seen{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(seen, AllOf(HasSubstr("--auth=***********"), Not(HasSubstr("s3cret"))));
  process.send_signal(SIGINT);
  EXPECT_EQ(process.wait().exit_code, 1);
}

TEST_F(EspotaCommand, AnInterruptPrintsOneLine) {
  StockProgram device({"esp32-3.0", "never-handles"});
  Process process(call(arduino(device.port())));
  ASSERT_TRUE(process.wait_for_error("Sending invitation"));
  process.send_signal(SIGINT);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.error, ::testing::EndsWith("[ERROR]: Error Uploading: interrupted\n"));
}

TEST_F(EspotaCommand, SendsAnUnknownFilesystemWithoutOtherOptions) {
  StockProgram device({"esp32-3.0"});
  const std::string path = folder_.write("fat.bin", as_text(support::noise(65536, 3)));
  const Outcome outcome = espota({"-i", "127.0.0.1", "-p", device.port(), "-f", path, "--spiffs"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("[WARNING]: "));
  EXPECT_THAT(device.end_by_itself(), StartsWith("state=restarted bytes=65536"));
}

TEST_F(EspotaCommand, ForcingAnEmptyFileDoesNoHarm) {
  StockProgram device({"esp8266-3.x"});
  device.end();
  const std::string empty = folder_.write("empty.bin", "");
  const Outcome outcome =
      espota({"-r", "-i", "127.0.0.1", "-p", device.port(), "-f", empty, "--force", "empty-file"});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.error;
  EXPECT_EQ(outcome.signal, 0);
  EXPECT_THAT(outcome.error, HasSubstr("No response from the ESP"));
}

}  // namespace
}  // namespace otatool::test
