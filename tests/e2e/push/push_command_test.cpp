// `otatool push` to models of the stock upload pages: what the page receives, and exit code,
// message and hint of each failure.
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/push/push_fixture.hpp"
#include "tests/support/expect_failure.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(PushCommand, BothCoresReceiveTheImageAsFromABrowser) {
  for (const std::string core : {"esp8266", "esp32"}) {
    FormProgram form({core});
    const Outcome outcome = push(form);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(outcome.output, HasSubstr("uploaded " + std::to_string(image_.size()) + " bytes"));
    EXPECT_THAT(form.post(),
                AllOf(StartsWith("post field=firmware file=firmware.bin" + whole_image()),
                      HasSubstr("auth=none origin=right expect=0 whole=1 restarts=1")));
  }
}

TEST_F(PushCommand, AFilesystemIsSentInItsOwnField) {
  const support::Blob blob = support::littlefs_image(4096, 16);
  image_.assign(blob.begin(), blob.end());
  path_ = folder_.write("files =\"x\".bin", image_);
  FormProgram form({"esp8266"});
  const Outcome outcome = push(form, {"--fs"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(form.post(), StartsWith("post field=filesystem file=files___x_.bin" + whole_image()));
}

TEST_F(PushCommand, AnAddressWithoutPathMeansTheUpdateForm) {
  FormProgram form({"esp8266"});
  const Outcome outcome = run(push_call({"127.0.0.1:" + form.port()}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  FormProgram ipv6({"esp32", "address=::1"});
  const Outcome other = run(push_call({"http://[::1]:" + ipv6.port()}));
  EXPECT_EQ(other.exit_code, 0) << other.error;
  EXPECT_THAT(ipv6.post(), HasSubstr("origin=right"));
}

class PushPassword : public PushCommand, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(EveryWayOfAsking,
                         PushPassword,
                         ::testing::Values("esp8266",
                                           "esp32",
                                           "esp8266 digest",
                                           "esp32 digest",
                                           "esp8266 open-page",
                                           "esp32 open-page digest"));

TEST_P(PushPassword, IsAcceptedAndNeverPrinted) {
  std::istringstream text(GetParam());
  Words words{std::istream_iterator<std::string>(text), {}};
  words.insert(words.end(), {"user=admin", "password=a secret"});
  const bool digest = std::string_view(GetParam()).find("digest") != std::string_view::npos;
  FormProgram form(words);
  const Outcome outcome = push(form, {"-vv"}, "a secret");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, HasSubstr(digest ? "password by digest" : "password by basic"));
  EXPECT_THAT(outcome.error, HasSubstr(digest ? "Authorization: Digest ..." : ": Basic ..."));
  EXPECT_THAT(outcome.error, AllOf(Not(HasSubstr("a secret")), Not(HasSubstr("YWRtaW46"))));
  std::string post = form.post();
  EXPECT_THAT(post, Not(HasSubstr("auth=wrong")));
  if (post.find("auth=none") != std::string::npos) {
    post = form.post();
  }
  EXPECT_THAT(post, AllOf(HasSubstr(whole_image()), HasSubstr(digest ? "=digest" : "=basic")));
}

TEST_P(PushPassword, IsRefusedIfWrongAndRequestedIfMissing) {
  std::istringstream text(GetParam());
  Words words{std::istream_iterator<std::string>(text), {}};
  words.insert(words.end(), {"user=admin", "password=secret"});
  FormProgram form(words);
  expect_failure(push(form, {}, "Secret"), 4, "the device refused the password", "--user");
  expect_failure(push(form), 4, "the device asks for a password", "OTATOOL_PASSWORD");
  expect_failure(push(form, {"--user", "root"}, "secret"), 4, "refused the password", "--user");
}

TEST_F(PushCommand, TheAuthenticationSchemeCanBeChosen) {
  FormProgram basic({"esp8266", "user=admin", "password=secret"});
  expect_failure(push(basic, {"--auth", "digest"}, "secret"), 4, "unsupported scheme", "");
  FormProgram open_page({"esp8266", "open-page", "user=admin", "password=secret"});
  EXPECT_EQ(push(open_page, {"--auth", "basic"}, "secret").exit_code, 0);
  EXPECT_THAT(open_page.post(), HasSubstr("auth=basic"));
  FormProgram digest({"esp8266", "digest", "user=admin", "password=secret"});
  EXPECT_EQ(push(digest, {"--auth", "basic"}, "secret").exit_code, 4);
  EXPECT_EQ(push(digest, {"--auth", "digest"}, "secret").exit_code, 0);
}

TEST_F(PushCommand, TheVerdictsOfOtherFirmwaresAreKnown) {
  for (const char* body : {"<h2>Update successful!</h2>Rebooting...",
                           "<script>setTimeout(function(){location.href='.';},24000);</script>"}) {
    FormProgram form({"esp8266", std::string("body=") + body});
    EXPECT_EQ(push(form).exit_code, 0) << body;
  }
  FormProgram esphome({"esp8266", "body=Update Failed!"});
  expect_failure(push(esphome), 6, "the device reported an error", "");
  FormProgram wled(
      {"esp8266", "status=500 Internal Server Error", "body=<h2>Update failed!</h2>Wrong release"});
  expect_failure(push(wled), 6, "the device reported: Wrong release", "");
}

TEST_F(PushCommand, AWrongPasswordFailsBeforeTheImageIsSent) {
  FormProgram form({"esp8266", "user=admin", "password=secret"});
  EXPECT_EQ(push(form, {}, "wrong").exit_code, 4);
  form.stop();
  EXPECT_EQ(form.post(), "no post");
}

TEST_F(PushCommand, TakesUserAndPasswordFromTheUrl) {
  FormProgram form({"esp8266", "user=me@home", "password=x:y"});
  const Outcome outcome =
      run(push_call({"http://me%40home:x%3Ay@127.0.0.1:" + form.port() + "/update"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, AllOf(HasSubstr("process list"), Not(HasSubstr("x%3Ay"))));
  EXPECT_THAT(outcome.output, Not(HasSubstr("x%3Ay")));
}

TEST_F(PushCommand, FindsDevicesByTheirNamesInTheConfiguration) {
  FormProgram form({"esp8266", "user=admin", "password=secret"});
  folder_.write("form.pw", "secret\n");
  folder_.write("otatool.toml",
                "[device.kitchen]\nhost = \"127.0.0.1\"\npassword-file = \"form.pw\"\n");
  ProgramCall call = push_call({"http://kitchen:" + form.port() + "/update"});
  call.folder = folder_.path();
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
}

TEST_F(PushCommand, Status200WithAnErrorTextIsAnError) {
  FormProgram esp8266({"esp8266", "error=ERROR[4]: Not Enough Space"});
  expect_failure(push(esp8266), 6, "the device reported: ERROR[4]: Not Enough Space", "gzip");
  FormProgram esp32({"esp32", "error=Could Not Activate The Firmware"});
  expect_failure(push(esp32), 6, "Could Not Activate The Firmware", "another chip");
}

TEST_F(PushCommand, AnAnswerWithoutAVerdictIsAFailure) {
  FormProgram welcome({"esp8266", "body=Welcome to my device"});
  expect_failure(push(welcome),
                 9,
                 "without a verdict: 'Welcome to my device'",
                 "check whether the device runs");
  FormProgram silent({"esp8266", "loses-verdict"});
  expect_failure(push(silent),
                 9,
                 "all " + std::to_string(image_.size()) + " bytes were delivered, but",
                 "check whether the device runs");
}

TEST_F(PushCommand, ReadsAnErrorThatArrivesDuringTheTransfer) {
  FormProgram form({"esp8266", "early=20000:Update error: ERROR[1]: Flash Write Failed"});
  expect_failure(push(form), 6, "the device reported: ERROR[1]: Flash Write Failed", "flash");
}

TEST_F(PushCommand, DoesNotWaitForTheDeviceToClose) {
  FormProgram form({"esp32", "keeps-open", "no-length"});
  const Outcome outcome = push(form);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
}

TEST_F(PushCommand, ReportsBrokenTransfers) {
  FormProgram stalling({"esp8266", "stalls-at=20000"});
  expect_failure(push(stalling, {"--stall-timeout", "1"}), 5, "accepted nothing for 1 s", "Wi-Fi");
  FormProgram resetting({"esp8266", "resets-at=20000"});
  expect_failure(push(resetting), 5, "the device reset the connection after ", "power supply");
  FormProgram gone({"esp8266"});
  gone.stop();
  gone.post();
  expect_failure(push(gone), 5, "nothing listens on this port", "server.begin()");
  expect_failure(
      run(push_call({"http://no.such.host.invalid/"})), 3, "does not resolve", "address");
}

TEST_F(PushCommand, RetriesABrokenTransfer) {
  FormProgram form({"esp8266", "resets-at=20000", "times=1"});
  const Outcome outcome = run(push_call({form.url(), "--json"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  std::istringstream lines(outcome.output);
  Words events;
  nlohmann::json result;
  for (std::string line; std::getline(lines, line);) {
    const auto object = nlohmann::json::parse(line);
    const auto event = object.at("event").get<std::string>();
    if (events.empty() || events.back() != event) {
      events.push_back(event);
    }
    result = event == "result" ? object : result;
  }
  EXPECT_EQ(events,
            (Words{"start",
                   "device",
                   "auth",
                   "progress",
                   "retry",
                   "start",
                   "auth",
                   "progress",
                   "result",
                   "summary"}));
  EXPECT_EQ(result.at("attempts"), 2);
  EXPECT_EQ(result.at("bytes"), image_.size());
  EXPECT_EQ(result.at("ok"), true);
  EXPECT_EQ(result.at("auth"), "none");
}

TEST_F(PushCommand, APageWithoutAFormIsReported) {
  FormProgram form({"esp8266"});
  expect_failure(
      run(push_call({"http://127.0.0.1:" + form.port() + "/firmware", "--retries", "0"})),
      3,
      "no form at this path (status 404)",
      "/update");
}

TEST_F(PushCommand, ReportsEachOfSeveralDevices) {
  FormProgram good({"esp8266"});
  FormProgram full({"esp8266", "error=ERROR[4]: Not Enough Space"});
  FormProgram locked({"esp32", "user=admin", "password=x"});
  const Outcome outcome = run(push_call({good.url(), full.url(), locked.url()}));
  EXPECT_EQ(outcome.exit_code, 10) << outcome.error;
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr(good.url() + ": uploaded"),
                    HasSubstr("1 of 3 devices updated"),
                    HasSubstr(full.url() + " (6), " + locked.url() + " (4)")));
  EXPECT_THAT(good.post(), HasSubstr("restarts=1"));
}

TEST_F(PushCommand, AnInterruptClosesTheConnection) {
  FormProgram form({"esp8266", "stalls-at=20000"});
  Process process(push_call({form.url(), "-v"}));
  ASSERT_TRUE(process.wait_for_error("connected; sending\n"));
  ASSERT_TRUE(process.wait_for_error(" %, "));
  process.send_signal(SIGINT);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.exit_code, 130) << outcome.error;
  EXPECT_THAT(form.post(), HasSubstr("whole=0"));
}

}  // namespace
}  // namespace otatool::test
