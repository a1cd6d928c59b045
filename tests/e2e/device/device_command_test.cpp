// `otatool device` with a host made of plain sockets: what the host receives, what the device
// prints, and the exit code.
#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/espota/digest.hpp"

#include "tests/support/json_events.hpp"
#include "tests/support/process.hpp"
#include "tests/support/raw_host.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

ProgramCall device_call(std::vector<std::string> arguments) {
  ProgramCall call{.program = OTATOOL_BINARY};
  call.arguments = {"device", "--port", "0", "--no-announce"};
  call.arguments.insert(call.arguments.end(), arguments.begin(), arguments.end());
  return call;
}

std::string md5_of(const std::string& image) {
  return espota::md5_hex(as_bytes(image));
}

/// A running device that prints JSON.
class Device {
 public:
  explicit Device(std::vector<std::string> arguments) : process_(with_json(std::move(arguments))) {
    const auto listening = next("listening");
    EXPECT_TRUE(listening.at("http").is_null());
    host_.emplace(listening.at("udp").get<std::uint16_t>());
  }

  RawHost& host() { return *host_; }
  Process& process() { return process_; }

  /// The next event with this name; skips other events.
  nlohmann::json next(const std::string& event) { return next_event(process_, event); }

  /// Sends the invitation, and the response if there is a password.
  void begin(const std::string& image, const std::string& password = {}, int command = 0) {
    host().invite(image, command);
    if (!password.empty()) {
      ASSERT_TRUE(host().authenticate(password));
    }
    std::optional<std::string> answer = host().receive_datagram();
    if (answer && answer->starts_with("KEPT ")) {
      answer = host().receive_datagram();  // that was an offer for an earlier transfer
    }
    ASSERT_EQ(answer, "OK");
    ASSERT_TRUE(host().accept());
  }
  void upload(const std::string& image, const std::string& password = {}) {
    begin(image, password);
    ASSERT_TRUE(host().send(image));
    EXPECT_THAT(host().read_until("OK"), EndsWith("OK"));
    host().close();
  }

 private:
  static ProgramCall with_json(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    return device_call(std::move(arguments));
  }

  Process process_;
  std::optional<RawHost> host_;
};

TEST(DeviceCommand, OnceEndsWithSuccessAfterOneImage) {
  Device device({"--once"});
  const std::string image = sample_application(70'000);
  device.upload(image);
  EXPECT_EQ(device.next("invitation").at("bytes"), 70'000);
  EXPECT_EQ(device.next("start").at("command"), "flash");
  EXPECT_EQ(device.next("progress").at("total"), 70'000);
  device.next("end");
  const auto boot = device.next("boot");
  EXPECT_EQ(boot.at("applied"), true);
  EXPECT_EQ(boot.at("bytes"), 70'000);
  EXPECT_EQ(boot.at("md5"), md5_of(image));
  EXPECT_EQ(device.process().wait().exit_code, 0);
}

TEST(DeviceCommand, LogsLikeASketch) {
  Process process(device_call({"--once"}));
  const auto listening = process.read_error_line();
  ASSERT_TRUE(listening);
  EXPECT_THAT(*listening, StartsWith("listening on udp 127.0.0.1:"));
  RawHost host(static_cast<std::uint16_t>(std::stoi(listening->substr(listening->rfind(':') + 1))));
  const std::string image = sample_application(10'000);
  host.invite(image);
  EXPECT_EQ(host.receive_datagram(), "OK");
  ASSERT_TRUE(host.accept());
  ASSERT_TRUE(host.send(image));
  host.read_all();
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.output, HasSubstr("Boot: no application\n"));
  EXPECT_THAT(outcome.output, HasSubstr("Start updating sketch\n"));
  EXPECT_THAT(outcome.output, HasSubstr("Progress: 100%\n"));
  EXPECT_THAT(outcome.output,
              HasSubstr("End\nBoot: new application of 10000 bytes, md5 " + md5_of(image)));
}

TEST(DeviceCommand, RequestsThePasswordInTheSchemeOfItsChip) {
  const TemporaryFolder folder;
  const std::string file = folder.write("ota.pw", "open sesame\n");
  for (const std::string chip : {"esp8266", "esp32"}) {
    Device device({"--chip", chip, "--password-file", file, "--once"});
    const std::string image = sample_application(5'000);
    device.host().invite(image);
    const auto challenge = device.host().receive_datagram();
    ASSERT_TRUE(challenge);
    EXPECT_EQ(challenge->size(), chip == "esp32" ? 69U : 37U);
    device.upload(image, "open sesame");
    EXPECT_EQ(device.process().wait().exit_code, 0);
  }
}

TEST(DeviceCommand, TheSchemeCanBeChosen) {
  ProgramCall call = device_call({"--chip", "esp8266", "--auth", "sha256", "--json"});
  call.environment["OTATOOL_PASSWORD"] = "open sesame";
  Process process(call);
  const auto line = process.read_line();
  ASSERT_TRUE(line);
  RawHost host(nlohmann::json::parse(*line).at("udp").get<std::uint16_t>());
  host.invite(sample_application(100));
  EXPECT_EQ(host.receive_datagram().value_or("").size(), 69U);
}

TEST(DeviceCommand, RefusesAWrongPasswordAndThenAcceptsTheRightOne) {
  const TemporaryFolder folder;
  const std::string file = folder.write("ota.pw", "open sesame\n");
  Device device({"--password-file", file, "--once"});
  const std::string image = sample_application(5'000);
  device.host().invite(image);
  ASSERT_TRUE(device.host().authenticate("close sesame"));
  EXPECT_EQ(device.host().receive_datagram(), "Authentication Failed");
  const auto error = device.next("error");
  EXPECT_EQ(error.at("stage"), "auth");
  EXPECT_EQ(error.at("error").at("exit"), 4);
  device.upload(image, "open sesame");
  const Outcome outcome = device.process().wait();
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.output + outcome.error, ::testing::Not(HasSubstr("sesame")));
}

TEST(DeviceCommand, RefusesAnImageThatIsTooLargeBeforeItIsSent) {
  Device device({"--size", "1M", "--once"});
  device.host().invite_with_size(sample_application(100), 1'000'000);
  EXPECT_EQ(device.host().receive_datagram(), "ERR: ERROR[4]: Not Enough Space\n");
  EXPECT_EQ(device.next("error").at("stage"), "begin");
  EXPECT_EQ(device.process().wait().exit_code, 6);
}

TEST(DeviceCommand, RefusesDataThatIsNotAnImageAtItsFirstByte) {
  struct Case {
    std::string chip;
    std::string first;
  };
  for (const Case& given : {Case{"esp32", "\x1F\x8B\x08"},
                            Case{"esp32", "\xEA"},
                            Case{"esp8266", "PK\x03"},
                            Case{"esp8266", "\xEA"}}) {
    Device device({"--chip", given.chip, "--once"});
    const std::string image = given.first + sample_application(200'000);
    device.begin(image);
    ASSERT_TRUE(device.host().send(image.substr(0, 1'000)));
    EXPECT_EQ(device.host().read_all(), "ERROR[10]: Magic byte is not 0xE9\n");
    device.host().close();
    EXPECT_EQ(device.next("error").at("error").at("message"), "ERROR[10]: Magic byte is not 0xE9");
    EXPECT_EQ(device.process().wait().exit_code, 6);
  }
}

TEST(DeviceCommand, ReportsADamagedImage) {
  Device device({"--once"});
  const std::string image = sample_application(5'000, 1);
  device.begin(image);
  ASSERT_TRUE(device.host().send(sample_application(5'000, 2)));
  const std::string reply = device.host().read_all();
  EXPECT_THAT(reply, HasSubstr("ERROR[7]: MD5 verification failed: expected: " + md5_of(image)));
  device.host().close();
  EXPECT_EQ(device.next("error").at("stage"), "end");
  EXPECT_EQ(device.process().wait().exit_code, 6);
}

TEST(DeviceCommand, RefusesBytesAfterTheImage) {
  Device device({"--once"});
  const std::string image = sample_application(5'000);
  device.begin(image);
  ASSERT_TRUE(device.host().send(image + "\n"));
  EXPECT_THAT(device.host().read_all(), HasSubstr("ERROR[5]: Bad Size Given\n"));
  device.host().close();
  EXPECT_EQ(device.process().wait().exit_code, 6);
}

TEST(DeviceCommand, EndsAStalledTransfer) {
  Device device({"--stall-timeout", "0.3", "--once"});
  const std::string image = sample_application(5'000);
  device.begin(image);
  ASSERT_TRUE(device.host().send(image.substr(0, 4'000)));
  EXPECT_THAT(device.host().read_all(), EndsWith("ERROR[6]: Stream Read Timeout\n"));
  device.host().close();
  const auto error = device.next("error");
  EXPECT_EQ(error.at("error").at("code"), "stalled");
  EXPECT_THAT(error.at("error").at("message").get<std::string>(),
              HasSubstr("after 4000 of 5000 bytes"));
  EXPECT_EQ(device.process().wait().exit_code, 5);
}

TEST(DeviceCommand, AcceptsTheNextUploadAfterAReset) {
  Device device({});
  const std::string image = sample_application(50'000);
  device.begin(image);
  ASSERT_TRUE(device.host().send(image.substr(0, 20'000)));
  device.next("progress");
  device.host().reset();
  const auto error = device.next("error");
  EXPECT_EQ(error.at("stage"), "receive");
  EXPECT_EQ(error.at("error").at("exit"), 5);
  device.upload(image);
  EXPECT_EQ(device.next("boot").at("md5"), md5_of(image));
  const std::string second = sample_application(60'000, 2);
  device.upload(second);
  EXPECT_EQ(device.next("boot").at("md5"), md5_of(second));
}

TEST(DeviceCommand, ReportsAHostThatDoesNotListen) {
  Device device({"--once"});
  device.host().stop_listening();
  device.host().invite(sample_application(100));
  EXPECT_EQ(device.host().receive_datagram(), "OK");
  EXPECT_EQ(device.next("error").at("stage"), "connect");
  EXPECT_EQ(device.process().wait().exit_code, 5);
}

TEST(DeviceCommand, AcceptsAFilesystem) {
  const TemporaryFolder folder;
  Device device({"--flash", folder / "flash.bin", "--size", "1M", "--once"});
  const std::string image = "littlefs" + sample_application(9'000);
  device.begin(image, {}, 100);
  ASSERT_TRUE(device.host().send(image));
  EXPECT_THAT(device.host().read_until("OK"), EndsWith("OK"));
  device.host().close();
  EXPECT_EQ(device.next("start").at("command"), "filesystem");
  EXPECT_EQ(device.next("boot").at("applied"), false);
  EXPECT_EQ(device.process().wait().exit_code, 0);
  EXPECT_EQ(md5_of(folder.read("flash.bin").substr(0xEB000, image.size())), md5_of(image));
}

TEST(DeviceCommand, TheFlashFileKeepsTheImage) {
  const TemporaryFolder folder;
  const std::string flash = folder / "flash.bin";
  const std::string image = sample_application(33'333);
  {
    Device device({"--flash", flash, "--size", "512K", "--once"});
    device.upload(image);
    EXPECT_EQ(device.process().wait().exit_code, 0);
  }
  EXPECT_EQ(folder.read("flash.bin").size(), 512U * 1024);
  EXPECT_EQ(md5_of(folder.read("flash.bin").substr(0, image.size())), md5_of(image));
  const Outcome refused = run(device_call({"--flash", flash, "--size", "1M"}));
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.error, HasSubstr("has 524288 bytes, not 1048576"));
}

TEST(DeviceCommand, SignalsEndItAndCloseTheConnection) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Device device({});
    const std::string image = sample_application(50'000);
    device.begin(image);
    ASSERT_TRUE(device.host().send(image.substr(0, 20'000)));
    device.next("progress");
    device.process().send_signal(signal);
    device.host().read_all();
    EXPECT_EQ(device.process().wait().exit_code, signal == SIGTERM ? 0 : 130);
  }
}

TEST(DeviceCommand, InvalidOptionsAreUsageErrors) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--size", "3M"},
                                             {"--size", "4X"},
                                             {"--size", "M"},
                                             {"--size", "0"},
                                             {"--size", "-1"},
                                             {"--size", "99999999999"},
                                             {"--size", "4096M"},
                                             {"--bind", "nowhere"},
                                             {"--chip", "esp"},
                                             {"--auth", "none"},
                                             {"--flash-speed", "fast"},
                                             {"--window", "0"},
                                             {"--chip", "esp32", "--size", "1M"},
                                             {"image.bin"}}) {
    const Outcome outcome = run(device_call(arguments));
    EXPECT_EQ(outcome.exit_code, 2) << ::testing::PrintToString(arguments);
    EXPECT_THAT(outcome.output, IsEmpty());
    EXPECT_THAT(outcome.error, StartsWith("otatool: error: "));
  }
}

TEST(DeviceCommand, AFlashFileThatIsNoRegularFileIsAUsageError) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  const Outcome outcome = run(device_call({"--flash", folder / "pipe"}));
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.error, HasSubstr("is not a regular file; a path that does not exist gets"));
}

TEST(DeviceCommand, AFlashFileThatDoesNotFitOnTheDiskIsRemoved) {
  const TemporaryFolder folder;
  // The disk vanishes with the mount namespace of the shell.
  const std::string script = R"(
mount -t tmpfs -o size=64k none .
cd "$PWD"
"$1" device --port 0 --no-announce --flash flash.bin || echo "status $?"
ls -A
echo end
)";
  const Outcome outcome = run({.program = "/usr/bin/unshare",
                               .arguments = {"-m", "/bin/sh", "-ec", script, "sh", OTATOOL_BINARY},
                               .folder = folder.path().string()});
  if (geteuid() != 0 || outcome.error.find("not permitted") != std::string::npos) {
    GTEST_SKIP() << outcome.error;
  }
  EXPECT_EQ(outcome.output, "status 1\nend\n") << outcome.error;
  EXPECT_THAT(outcome.error,
              AllOf(HasSubstr("cannot create flash file 'flash.bin': No space left"),
                    HasSubstr("hint: check the free space")));
}

TEST(DeviceCommand, ReportsAPortInUse) {
  Device device({});
  ProgramCall call{.program = OTATOOL_BINARY};
  RawHost& host = device.host();
  call.arguments = {"device", "--port", std::to_string(host.device_port())};
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_THAT(outcome.error, HasSubstr("cannot listen on UDP 127.0.0.1:"));
}

}  // namespace
}  // namespace otatool::test
