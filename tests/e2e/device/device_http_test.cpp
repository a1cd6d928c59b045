// Updates of a virtual device over HTTP: its upload page with curl and push as clients, and pulling
// from `otatool serve`. All programs are the real ones.
#include <csignal>

#include "tests/e2e/device/device_http_fixture.hpp"
#include "tests/support/raw_host.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(DeviceForm, CurlUpdatesTheDeviceLikeABrowser) {
  FormDevice device;
  EXPECT_THAT(curl({device.url}), AllOf(HasSubstr("name='firmware'"), HasSubstr(" 200")));
  EXPECT_THAT(curl({"-F", file_, device.url}),
              AllOf(HasSubstr("Update Success! Rebooting..."), HasSubstr(" 200")));
  EXPECT_EQ(device.next("start").at("command"), "flash");
  EXPECT_EQ(device.next("progress").at("total"), image_.size());
  device.next("end");
  const auto boot = device.next("boot");
  EXPECT_EQ(boot.at("applied"), true);
  EXPECT_EQ(boot.at("bytes"), image_.size());
  EXPECT_EQ(boot.at("md5"), md5_of(image_));
}

TEST_F(DeviceForm, PushUpdatesBothChips) {
  FormDevice esp8266({"--once"});
  const Outcome first = run({.program = OTATOOL_BINARY, .arguments = {"push", path_, esp8266.url}});
  EXPECT_EQ(first.exit_code, 0) << first.error;
  EXPECT_EQ(esp8266.process().wait().exit_code, 0);

  const support::Blob blob = support::esp32_image();
  const std::string esp32_path = folder_.write("esp32.bin", std::string(blob.begin(), blob.end()));
  FormDevice esp32({"--chip", "esp32", "--once"}, "secret");
  ProgramCall call{.program = OTATOOL_BINARY, .arguments = {"push", esp32_path, esp32.url}};
  call.environment["OTATOOL_PASSWORD"] = "secret";
  const Outcome second = run(call);
  EXPECT_EQ(second.exit_code, 0) << second.error;
  EXPECT_EQ(esp32.process().wait().exit_code, 0);
}

TEST_F(DeviceForm, PushFindsADeviceByItsName) {
  const std::string mdns_port = "25363";
  JsonProgram device([&] {
    ProgramCall call{.program = OTATOOL_BINARY};
    call.arguments = {"device",
                      "--port",
                      "0",
                      "--http",
                      "0",
                      "--name",
                      "form-device",
                      "--iface",
                      "lo",
                      "--mdns-port",
                      mdns_port,
                      "--json",
                      "--once"};
    return call;
  }());
  const auto http = device.next("listening").at("http").get<int>();
  device.next("announced");
  const Outcome outcome = run({.program = OTATOOL_BINARY,
                               .arguments = {"push",
                                             path_,
                                             "http://form-device.local:" + std::to_string(http),
                                             "--mdns-port",
                                             mdns_port,
                                             "--iface",
                                             "lo",
                                             "--backend",
                                             "native"}});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(device.process().wait().exit_code, 0);
}

TEST_F(DeviceForm, WritesAFilesystemToItsPlace) {
  FormDevice device({"--once"});
  const support::Blob blob = support::littlefs_image(4096, 16);
  const std::string path = folder_.write("fs.bin", std::string(blob.begin(), blob.end()));
  const Outcome outcome =
      run({.program = OTATOOL_BINARY, .arguments = {"push", path, device.url, "--fs"}});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(device.next("start").at("command"), "filesystem");
  EXPECT_EQ(device.process().wait().exit_code, 0);
}

TEST_F(DeviceForm, TheLoaderUnpacksAPackage) {
  FormDevice device;
  const Outcome outcome = run(
      {.program = OTATOOL_BINARY, .arguments = {"push", path_, device.url, "--gzip", "always"}});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  device.next("end");
  EXPECT_EQ(device.next("boot").at("md5"), md5_of(image_));
}

TEST_F(DeviceForm, RequestsThePasswordAfterTheBody) {
  FormDevice device({"--user", "me"}, "secret");
  EXPECT_THAT(curl({device.url}), HasSubstr(" 401"));
  EXPECT_THAT(curl({"-F", file_, device.url}), HasSubstr(" 401"));
  EXPECT_THAT(curl({"-u", "me:wrong", "-F", file_, device.url}), HasSubstr(" 401"));
  EXPECT_THAT(curl({"-u", "admin:secret", "-F", file_, device.url}), HasSubstr(" 401"));
  EXPECT_THAT(curl({"-u", "me:secret", "-F", file_, device.url}), HasSubstr("Update Success"));
}

TEST_F(DeviceForm, ReportsRefusalsInTheBodyWithStatus200) {
  FormDevice device({"--size", "512K"});
  const std::string junk = "firmware=@" + folder_.write("junk.bin", "this is no image");
  EXPECT_THAT(curl({"-F", junk, device.url}),
              AllOf(HasSubstr("Update error: ERROR[10]: Magic byte"), HasSubstr(" 200")));
  EXPECT_EQ(device.next("error").at("stage"), "receive");
  const std::string large = "firmware=@" + folder_.write("large.bin", sketch(600'001));
  EXPECT_THAT(curl({"-H", "Expect:", "-F", large, device.url}),
              AllOf(HasSubstr("Update error: ERROR[4]: Not Enough Space"), HasSubstr(" 200")));
  EXPECT_THAT(curl({"-F", file_, "-F", "x=y", device.url}), HasSubstr("not the last part"));
  EXPECT_THAT(curl({"-F", "x=y", device.url}), HasSubstr("No file"));
  EXPECT_THAT(curl({"-d", "x=y", device.url}), HasSubstr("Not a multipart form"));
  EXPECT_THAT(curl({"-X", "DELETE", device.url}), HasSubstr(" 405"));
  EXPECT_THAT(curl({device.url + "/x"}), HasSubstr(" 404"));
  EXPECT_THAT(curl({"-F", "x=y", "-F", file_, device.url}), HasSubstr("Update Success"));
}

TEST_F(DeviceForm, AnEsp32ChecksTheOrigin) {
  FormDevice device({"--chip", "esp32"});
  const support::Blob blob = support::esp32_image();
  const std::string file =
      "firmware=@" + folder_.write("esp32.bin", std::string(blob.begin(), blob.end()));
  EXPECT_THAT(curl({"-F", file, device.url}), HasSubstr("Update error: Wrong origin received!"));
  const std::string origin = device.url.substr(0, device.url.rfind('/'));
  EXPECT_THAT(curl({"-H", "Origin: " + origin, "-F", file, device.url}),
              HasSubstr("Update Success"));
}

TEST_F(DeviceForm, RefusesUnsignedImagesIfItHasAKey) {
  const std::string key = folder_.path().string() + "/private.key";
  const std::string pubkey = folder_.path().string() + "/public.key";
  ASSERT_EQ(run({.program = OTATOOL_BINARY,
                 .arguments = {"keygen", "-o", key, "--pubkey", pubkey, "--bits", "2048"}})
                .exit_code,
            0);
  FormDevice device({"--pubkey", pubkey});
  EXPECT_THAT(curl({"-F", file_, device.url}), HasSubstr("Update error: ERROR[12]"));
  const Outcome outcome =
      run({.program = OTATOOL_BINARY, .arguments = {"push", path_, device.url, "--sign", key}});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
}

TEST_F(DeviceForm, AcceptsTheNextUploadAfterABrokenOne) {
  FormDevice device({"--stall-timeout", "1"});
  {
    Process silent({.program = "/usr/bin/curl",
                    .arguments = {"-sS", "--limit-rate", "1", "-F", file_, device.url}});
    device.next("error");
  }
  RawHost host(device.udp);
  host.invite(image_);
  EXPECT_EQ(host.receive_datagram(), "OK") << "this time over espota";
  EXPECT_THAT(curl({"-F", file_, device.url}), HasSubstr("ERROR[15]: Update already running"));
}

TEST_F(DevicePull, PullsOverTlsAndIsUpToDateAfterTheReboot) {
  JsonProgram server(serve_call({"--self-signed", "--host", "127.0.0.1", "--ca-out", ca_}));
  const auto url = server.next("listening").at("url").get<std::string>();
  ASSERT_THAT(url, StartsWith("https://127.0.0.1:"));
  JsonProgram device(device_call({"--pull",
                                  url + "/",
                                  "--ca",
                                  ca_,
                                  "--interval",
                                  "0.2",
                                  "--mac",
                                  "5c-cf-7f-01-02-03",
                                  "--sketch-version",
                                  "1.0"}));
  const auto first = device.next("pull");
  EXPECT_EQ(first.at("status"), 200);
  EXPECT_EQ(first.at("outcome"), "updated");
  device.next("end");
  const auto boot = device.next("boot");
  EXPECT_EQ(boot.at("applied"), true);
  EXPECT_EQ(boot.at("md5"), md5_of(image_));
  const auto second = device.next("pull");
  EXPECT_EQ(second.at("status"), 304);
  EXPECT_EQ(second.at("outcome"), "up-to-date");
  const auto request = server.next("request");
  EXPECT_EQ(request.at("device"), "5C:CF:7F:01:02:03");
  EXPECT_EQ(request.at("status"), 200);
  EXPECT_EQ(request.at("complete"), true);
  EXPECT_EQ(server.next("request").at("status"), 304);

  // The device pulls a new image at its next request; neither program restarts.
  image_ = sketch(80'001);
  folder_.write("fw.bin", image_);
  EXPECT_EQ(device.next("boot").at("md5"), md5_of(image_));
}

TEST_F(DevicePull, AnEsp32PullsToo) {
  const support::Blob blob = support::esp32_image();
  image_.assign(blob.begin(), blob.end());
  path_ = folder_.write("fw.bin", image_);
  JsonProgram server(serve_call({}));
  const auto url = server.next("listening").at("url").get<std::string>();
  JsonProgram device(device_call({"--chip", "esp32", "--pull", url + "/", "--interval", "0.2"}));
  EXPECT_EQ(device.next("pull").at("outcome"), "updated");
  EXPECT_EQ(device.next("boot").at("md5"), md5_of(image_));
  EXPECT_EQ(device.next("pull").at("status"), 304);
}

TEST_F(DevicePull, SendsNoRequestToAnUntrustedServer) {
  JsonProgram server(serve_call({"--self-signed", "--host", "127.0.0.1", "--ca-out", ca_}));
  const auto url = server.next("listening").at("url").get<std::string>();
  const Outcome outcome = run(device_call({"--pull", url + "/", "--once"}));
  EXPECT_EQ(outcome.exit_code, 5) << outcome.output << outcome.error;
  EXPECT_THAT(outcome.output, HasSubstr("untrusted-server"));
  const Outcome insecure = run(device_call({"--pull", url + "/", "--insecure", "--once"}));
  EXPECT_EQ(insecure.exit_code, 0) << insecure.output;
  JsonProgram other(
      serve_call({"--self-signed", "--host", "elsewhere.lan", "--ca-out", other_ca_}));
  const auto elsewhere = other.next("listening");
  const Outcome named =
      run(device_call({"--pull",
                       "https://127.0.0.1:" + std::to_string(elsewhere.at("port").get<int>()) + "/",
                       "--ca",
                       other_ca_,
                       "--once"}));
  EXPECT_EQ(named.exit_code, 5);
  EXPECT_THAT(named.output, HasSubstr("not valid for '127.0.0.1'"));
}

TEST_F(DevicePull, ARefusalOfTheServerIsAFailure) {
  JsonProgram server(serve_call({}));
  const auto url = server.next("listening").at("url").get<std::string>();
  const Outcome missing = run(device_call({"--pull", url + "/nothing.bin", "--once"}));
  EXPECT_EQ(missing.exit_code, 3) << missing.output;
  EXPECT_THAT(missing.output,
              AllOf(HasSubstr("File Not Found (404)"),
                    HasSubstr("'otatool serve' answers devices at /update"),
                    Not(HasSubstr("spelling"))));
  server.process().send_signal(SIGTERM);
  server.process().wait();
  const Outcome closed = run(device_call({"--pull", url + "/", "--once"}));
  EXPECT_EQ(closed.exit_code, 5);
  EXPECT_THAT(closed.output,
              AllOf(HasSubstr("check that the update server runs"), Not(HasSubstr("ArduinoOTA"))));
  EXPECT_EQ(run(device_call({"--pull", "http://no.such.host.invalid/", "--once"})).exit_code, 3);
}

TEST_F(DevicePull, RefusesInvalidCalls) {
  for (const Words& words : std::vector<Words>{{"--pull", "ftp://h/"},
                                               {"--interval", "1"},
                                               {"--pull", "http://h/", "--mac", "1:2"},
                                               {"--pull", "http://h/", "--interval", "0"},
                                               {"--user", "x"},
                                               {"--http-auth", "digest"},
                                               {"--http", "0", "--http-auth", "none"},
                                               {"--fs"},
                                               {"--pull", "http://h/", "--fs-version", "\x01"},
                                               {"--http", "70000"}}) {
    EXPECT_EQ(run(device_call(words)).exit_code, 2) << words.back();
  }
  const Outcome unreadable = run(device_call({"--pull", "https://h/", "--ca", "/nonexistent"}));
  EXPECT_EQ(unreadable.exit_code, 7);
}

}  // namespace
}  // namespace otatool::test
