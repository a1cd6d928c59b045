// The file that an upload sends, and the plan of an upload. All runs but one use --dry-run.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/signing/signing_commands.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using Words = std::vector<std::string>;

TEST(UploadPlan, NamesTheLocalPorts) {
  const SigningFolder folder;
  const auto plan = [&folder](const Words& more) {
    Words words = {"upload", "app.bin", "127.0.0.1", "--dry-run"};
    words.insert(words.end(), more.begin(), more.end());
    return folder.otatool(words).output;
  };
  EXPECT_THAT(plan({}), Not(HasSubstr("TCP")));
  EXPECT_THAT(plan({"--json"}), HasSubstr("\"host_ports\": null"));
  EXPECT_THAT(plan({"--host-port", "41700-41799"}),
              HasSubstr("connect back to 127.0.0.1, TCP ports 41700-41799\n"));
  EXPECT_THAT(plan({"--host-port", "41700-41799", "--json"}),
              AllOf(HasSubstr("\"first\": 41700"), HasSubstr("\"last\": 41799")));
}

TEST(UploadPlan, RefusesAnAddressOfAnotherComputer) {
  const SigningFolder folder;
  const Outcome outcome =
      folder.otatool({"upload", "app.bin", "127.0.0.1", "--dry-run", "--bind", "192.0.2.77"});
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_THAT(outcome.error, HasSubstr("192.0.2.77 is not an address of this computer"));
}

TEST(UploadFile, IsRefusedIfItCannotBeRead) {
  const SigningFolder folder;
  const Outcome none = folder.otatool({"upload", "none.bin", "192.0.2.1", "--dry-run"});
  EXPECT_EQ(none.exit_code, 7);
  EXPECT_THAT(none.error, HasSubstr("cannot open 'none.bin': no such file or directory"));
  const Outcome directory = folder.otatool({"upload", ".", "192.0.2.1", "--dry-run"});
  EXPECT_EQ(directory.exit_code, 7);
  EXPECT_THAT(directory.error, HasSubstr("cannot read '.': is a directory"));
}

TEST(UploadFile, IsReadFromStdin) {
  const SigningFolder folder;
  ProgramCall call = folder.call({"upload", "-", "192.0.2.1", "--dry-run"});
  call.input = folder.read("app.bin");
  const Outcome outcome = run(call);
  EXPECT_THAT(outcome.output,
              HasSubstr(std::to_string(call.input->size()) + " bytes for the sketch"));
  call.input = "";
  EXPECT_EQ(run(call).exit_code, 7);
}

TEST(UploadFile, IsPackedAndSignedInTheRightOrder) {
  const SigningFolder folder;
  const Words plan = {"upload", "app.bin", "192.0.2.1", "--dry-run"};
  const auto with = [&](const Words& more) {
    Words words = plan;
    words.insert(words.end(), more.begin(), more.end());
    return folder.otatool(words);
  };
  EXPECT_THAT(with({"--gzip", "always"}).error, HasSubstr("packed "));
  const Outcome with_key = with({"--sign", "private.key"});
  EXPECT_THAT(with_key.output,
              HasSubstr(std::to_string(folder.read("app.bin").size() + 260) + " bytes"));
  const Outcome both = with({"--gzip", "always", "--sign", "private.key"});
  EXPECT_EQ(both.exit_code, 7);
  EXPECT_THAT(both.error, HasSubstr("--assume-verifier"));
  const Outcome assumed = with({"--gzip", "always", "--sign", "private.key", "--assume-verifier"});
  EXPECT_THAT(assumed.output, HasSubstr("MD5"));
  EXPECT_LT(assumed.error.find("packed "), assumed.error.find("signed with key "));
}

TEST(UploadFile, IsTheFirstArgument) {
  const SigningFolder folder;
  for (const char* command : {"upload", "push"}) {
    const Outcome swapped = folder.otatool({command, "192.0.2.1", "app.bin"});
    EXPECT_EQ(swapped.exit_code, 2);
    EXPECT_THAT(swapped.error, HasSubstr("'192.0.2.1' is not a file, but 'app.bin' is"));
  }
  const Outcome url = folder.otatool({"upload", "app.bin", "ftp://192.0.2.1/update"});
  EXPECT_EQ(url.exit_code, 2);
  EXPECT_THAT(url.error, HasSubstr("not one of http, https"));
}

TEST(UploadFile, IsTheSignedFileBesideTheImage) {
  const SigningFolder folder;
  ASSERT_EQ(folder.otatool({"sign", "app.bin", "--key", "private.key"}).exit_code, 0);
  const auto plan = [&folder](const Words& more) {
    Words words = {"upload", "app.bin", "127.0.0.1", "--dry-run"};
    words.insert(words.end(), more.begin(), more.end());
    return folder.otatool(words);
  };
  const Outcome preferred = plan({});
  EXPECT_THAT(preferred.output, StartsWith("app.bin.signed: "));
  EXPECT_THAT(preferred.error, HasSubstr("sending app.bin.signed instead of app.bin"));
  EXPECT_THAT(plan({"--no-signed"}).output, StartsWith("app.bin: "));
  EXPECT_THAT(plan({"--sign", "private.key"}).output, StartsWith("app.bin: "));
  ASSERT_TRUE(folder.shell("touch -d '1 hour ago' app.bin.signed"));
  EXPECT_THAT(plan({}).output, StartsWith("app.bin.signed: ")) << "the same bytes, copied later";
}

TEST(UploadFile, IsNotASignedFileOfAnOlderBuild) {
  const SigningFolder folder;
  ASSERT_EQ(folder.otatool({"sign", "app.bin", "--key", "private.key"}).exit_code, 0);
  folder.write("app.bin", sketch("another build"));
  ASSERT_TRUE(
      folder.shell("touch -d '2020-02-03 04:05:06' app.bin.signed; "
                   "touch -d '2020-02-03 05:05:06' app.bin"));
  const Outcome outcome = folder.otatool({"-q", "upload", "app.bin", "127.0.0.1", "--dry-run"});
  EXPECT_THAT(outcome.output, StartsWith("app.bin: "));
  EXPECT_EQ(outcome.error,
            "otatool: warning: sending app.bin of 2020-02-03 05:05:06, not app.bin.signed of "
            "2020-02-03 04:05:06, which is of an older build. Sign the new one with 'otatool sign "
            "app.bin --key KEY'\n");
}

TEST(UploadFile, ReachesAVirtualDeviceSigned) {
  const SigningFolder folder;
  Process device(folder.call(
      {"device", "--port", "0", "--flash", "flash.bin", "--once", "--no-announce", "--json"}));
  const auto listening = device.read_line();
  ASSERT_TRUE(listening);
  const std::string key = "\"udp\":";
  const std::size_t number = listening->find(key) + key.size();
  const std::string port = std::to_string(std::stoul(listening->substr(number)));
  const Outcome outcome =
      folder.otatool({"upload", "app.bin", "127.0.0.1:" + port, "--sign", "private.key"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(device.wait().exit_code, 0);
  ASSERT_EQ(folder.otatool({"sign", "app.bin", "--key", "private.key"}).exit_code, 0);
  const std::string sent = folder.read("app.bin.signed");
  EXPECT_TRUE(folder.read("flash.bin").starts_with(sent.substr(0, sent.size() - 260)));
  EXPECT_THAT(outcome.output, HasSubstr("uploaded " + std::to_string(sent.size()) + " bytes"));
}

TEST(UploadFile, IsNotPackedOrSignedIfThatMakesNoSense) {
  const SigningFolder folder;
  const Outcome esp32 =
      folder.otatool({"upload", "esp32.bin", "192.0.2.1", "--dry-run", "--gzip", "always"});
  EXPECT_EQ(esp32.exit_code, 7);
  EXPECT_THAT(esp32.error, HasSubstr("only ESP8266 images"));
  const Outcome no_key =
      folder.otatool({"upload", "app.bin", "192.0.2.1", "--dry-run", "--sign", "none.key"});
  EXPECT_THAT(no_key.exit_code, ::testing::AnyOf(7, 8));
  EXPECT_THAT(no_key.error, HasSubstr("none.key"));
  const Outcome public_half =
      folder.otatool({"upload", "app.bin", "192.0.2.1", "--dry-run", "--sign", "public.key"});
  EXPECT_EQ(public_half.exit_code, 8);
  const Outcome curve =
      folder.otatool({"upload", "app.bin", "192.0.2.1", "--dry-run", "--sign", "ec.key"});
  EXPECT_EQ(curve.exit_code, 8);
  EXPECT_EQ(folder.otatool({"sign", "app.bin", "--key", "private.key"}).exit_code, 0);
  const Outcome twice = folder.otatool(
      {"upload", "app.bin.signed", "192.0.2.1", "--dry-run", "--sign", "private.key"});
  EXPECT_EQ(twice.exit_code, 8);
  EXPECT_THAT(twice.error, HasSubstr("it is signed already"));
}

}  // namespace
}  // namespace otatool::test
