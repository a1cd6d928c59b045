#include "otatool/http/site.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/http/operations.hpp"

#include "tests/support/whole_text.hpp"

namespace otatool::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class FakeLibrary final : public Library {
 public:
  std::shared_ptr<const Catalogue> catalogue() override { return catalogue_; }
  std::shared_ptr<const ServedFile> file(const std::string& path) override {
    return path == file_->name && !exhausted_ ? file_ : nullptr;
  }
  [[nodiscard]] bool exhausted() const override { return exhausted_; }

  std::shared_ptr<Catalogue> catalogue_ = std::make_shared<Catalogue>();
  std::shared_ptr<ServedFile> file_ = std::make_shared<ServedFile>();
  bool exhausted_ = false;
};

class SiteTest : public ::testing::Test {
 protected:
  SiteTest() {
    library_.file_->name = "notes.txt";
    library_.file_->whole = {.size_bytes = 1000,
                             .md5 = std::string(32, '1'),
                             .sha256 = std::string(64, '2'),
                             .content = nullptr};
  }

  Response ask(std::string_view method,
               std::string_view target,
               std::vector<HeaderField> fields = {}) {
    Site site(options_, library_, operations_);
    const Request request{
        .method = method, .target = target, .fields = fields, .entrance = entrance_};
    guard_ = site.guard_of(request);
    return site.respond(request, login_);
  }
  static std::string field(const Response& response, std::string_view name) {
    for (const OwnedField& each : response.fields) {
      if (same_name(each.name, name)) {
        return each.value;
      }
    }
    return {};
  }

  SiteOptions options_;
  LoginResult login_;
  Entrance entrance_ = Entrance::Updates;
  Guard guard_;  ///< of the last request; its users are gone
  FakeLibrary library_;
  Operations operations_{1000};
};

TEST_F(SiteTest, FilesAreServedByName) {
  const Response response = ask("GET", "/notes.txt");
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.length, 1000U);
  EXPECT_EQ(field(response, "ETag"), '"' + std::string(32, '2') + '"');
  EXPECT_EQ(field(response, "x-MD5"), "");
  EXPECT_TRUE(response.account.image);
  EXPECT_EQ(ask("GET", "/other").status, 404U);
  EXPECT_EQ(ask("GET", "/../notes.txt").status, 404U);
}

TEST_F(SiteTest, AServerOutOfDescriptorsAsksToTryAgain) {
  library_.exhausted_ = true;
  for (const char* target : {"/notes.txt", "/notes.txt.md5"}) {
    const Response response = ask("GET", target);
    EXPECT_EQ(response.status, 503U) << target;
    EXPECT_EQ(field(response, "Retry-After"), "10") << target;
  }
}

TEST_F(SiteTest, HeadGetsTheLengthWithoutBody) {
  const Response response = ask("HEAD", "/notes.txt");
  EXPECT_EQ(response.length, 1000U);
  EXPECT_FALSE(response.with_body);
  EXPECT_FALSE(response.account.image);
  EXPECT_THAT(response_head(response, true, true, 0), HasSubstr("Content-Length: 1000\r\n"));
}

TEST_F(SiteTest, RangesHaveContentRange) {
  EXPECT_EQ(field(ask("GET", "/notes.txt", {{"Range", "bytes=1-9"}}), "Content-Range"),
            "bytes 1-9/1000");
  const Response beyond = ask("GET", "/notes.txt", {{"Range", "bytes=1000-"}});
  EXPECT_EQ(beyond.status, 416U);
  EXPECT_EQ(field(beyond, "Content-Range"), "bytes */1000");
  EXPECT_EQ(beyond.length, 0U);
}

TEST_F(SiteTest, OtherMethodsAreRefused) {
  for (const char* method : {"POST", "PUT", "DELETE", "TRACE", "CONNECT"}) {
    const Response response = ask(method, "/notes.txt");
    EXPECT_EQ(response.status, 405U) << method;
    EXPECT_EQ(field(response, "Allow"), "GET, HEAD, OPTIONS");
  }
  for (const char* method : {"get", "BREW", ""}) {
    EXPECT_EQ(ask(method, "/notes.txt").status, 501U) << method;
  }
  for (const char* target : {"*", "/notes.txt"}) {
    const Response options = ask("OPTIONS", target);
    EXPECT_EQ(options.status, 200U) << target;
    EXPECT_EQ(options.length, 0U);
    EXPECT_EQ(field(options, "Allow"), "GET, HEAD, OPTIONS");
  }
}

TEST_F(SiteTest, EverythingButHealthzNeedsAUser) {
  options_.users = *Users::parse("ann:secret");
  for (const char* target : {"/notes.txt", "/", "/status", "/status.json", "/metrics", "/update"}) {
    const Response response = ask("GET", target);
    EXPECT_EQ(response.status, 401U) << target;
    EXPECT_THAT(field(response, "WWW-Authenticate"), HasSubstr("Basic realm="));
  }
  EXPECT_EQ(ask("GET", "/healthz").status, 200U);
  login_.outcome = LoginResult::Outcome::Wrong;
  EXPECT_EQ(ask("GET", "/notes.txt").status, 401U);
  EXPECT_EQ(ask("GET", "/healthz").status, 200U);
  login_.outcome = LoginResult::Outcome::Accepted;
  EXPECT_EQ(ask("GET", "/notes.txt").status, 200U);
}

TEST_F(SiteTest, TellsEverybodyWhetherTheStoreCanBeWritten) {
  options_.users = *Users::parse("ann:secret");
  EXPECT_EQ(ask("GET", "/readyz").status, 200U);
  operations_.on_store("connection to host 10.0.0.1 failed", "the database cannot be reached");
  const Response response = ask("GET", "/readyz");
  EXPECT_EQ(response.status, 503U);
  EXPECT_EQ(response.text, "the store cannot be written: the database cannot be reached\n");
  EXPECT_EQ(ask("GET", "/healthz").status, 200U);
  operations_.on_store("", "");
  EXPECT_EQ(ask("GET", "/readyz").status, 200U);
}

TEST_F(SiteTest, TheReportsMayHaveUsersOfTheirOwn) {
  options_.status_users = *Users::parse("eve:secret");
  EXPECT_EQ(ask("GET", "/notes.txt").status, 200U);
  EXPECT_EQ(guard_.users, nullptr);
  for (const char* target : {"/status",
                             "/status.json",
                             "/status.csv",
                             "/status/events",
                             "/status/device",
                             "/status.js",
                             "/status.css",
                             "/metrics"}) {
    const Response response = ask("GET", target);
    EXPECT_EQ(response.status, 401U) << target;
    EXPECT_THAT(field(response, "WWW-Authenticate"), HasSubstr("\"otatool status\""));
  }
  options_.users = *Users::parse("ann:secret");
  EXPECT_THAT(field(ask("GET", "/notes.txt"), "WWW-Authenticate"), HasSubstr("\"otatool\""));
  EXPECT_NE(guard_.users, nullptr);
  login_.outcome = LoginResult::Outcome::Accepted;
  EXPECT_EQ(ask("GET", "/status").status, 200U);
}

TEST_F(SiteTest, TheReportsMayHaveAnEntranceOfTheirOwn) {
  options_.separate_status = true;
  for (const char* target : {"/status", "/status.json", "/metrics", "/"}) {
    EXPECT_EQ(ask("GET", target).status, 404U) << target;
  }
  EXPECT_EQ(ask("GET", "/notes.txt").status, 200U);
  EXPECT_EQ(ask("GET", "/healthz").status, 200U);
  entrance_ = Entrance::Status;
  EXPECT_EQ(ask("GET", "/status").status, 200U);
  EXPECT_EQ(ask("GET", "/metrics").status, 200U);
  EXPECT_EQ(ask("GET", "/healthz").status, 200U);
  EXPECT_EQ(ask("GET", "/").status, 302U);
  EXPECT_EQ(ask("GET", "/notes.txt").status, 404U);
  EXPECT_EQ(ask("GET", "/update", {{"x-ESP8266-STA-MAC", "5C:CF:7F:01:02:03"}}).status, 404U);
}

TEST_F(SiteTest, ALoginThatMustWaitIsToldHowLong) {
  options_.users = *Users::parse("ann:secret");
  login_ = {LoginResult::Outcome::Delayed, std::chrono::seconds(7)};
  const Response delayed = ask("GET", "/notes.txt");
  EXPECT_EQ(delayed.status, 429U);
  EXPECT_EQ(field(delayed, "Retry-After"), "7");
  EXPECT_EQ(field(delayed, "WWW-Authenticate"), "");
  login_.outcome = LoginResult::Outcome::Busy;
  EXPECT_EQ(ask("GET", "/notes.txt").status, 503U);
  EXPECT_EQ(field(ask("GET", "/notes.txt"), "Retry-After"), "7");
}

TEST_F(SiteTest, AnImageHasHashFiles) {
  EXPECT_EQ(ask("GET", "/notes.txt.md5").status, 404U);
  library_.file_->kind = FileKind::Firmware;
  EXPECT_EQ(ask("GET", "/notes.txt.md5").text, std::string(32, '1') + "  notes.txt\n");
  EXPECT_EQ(ask("GET", "/notes.txt.sha256").text, std::string(64, '2') + "  notes.txt\n");
  EXPECT_EQ(ask("GET", "/notes.txt.sha1").status, 404U);
  EXPECT_EQ(ask("GET", "/none.md5").status, 404U);
  library_.catalogue_->only_file = library_.file_;
  EXPECT_EQ(ask("GET", "/notes.txt.md5").status, 200U);
}

TEST_F(SiteTest, OnlyDevicesGetUpdates) {
  library_.catalogue_->rules.push_back({{}, library_.file_});
  EXPECT_EQ(ask("GET", "/update").status, 403U);
  EXPECT_EQ(ask("GET", "/update", {{"x-ESP8266-STA-MAC", "5C:CF:7F:01:02:03"}}).status, 404U);
  // At `/` a device gets its rules, and a browser the status page.
  const Response bare = ask("GET", "/", {{"x-ESP8266-STA-MAC", "5C:CF:7F:01:02:03"}});
  EXPECT_EQ(bare.status, 404U);
  EXPECT_NE(bare.account.reason, "no such file");
  EXPECT_EQ(field(ask("GET", "/"), "Location"), "/status");
}

TEST_F(SiteTest, ADeviceAtTheRootWithoutRulesGetsAdvice) {
  const Response device = ask("GET", "/", {{"x-ESP8266-STA-MAC", "5C:CF:7F:01:02:03"}});
  EXPECT_EQ(device.status, 404U);
  EXPECT_THAT(device.text, HasSubstr("ask for an image by its name"));
  EXPECT_EQ(device.account.reason + "\n", device.text);
  EXPECT_EQ(device.account.verdict, Verdict::NotForYou);
  EXPECT_EQ(ask("GET", "/update", {{"x-ESP8266-STA-MAC", "5C:CF:7F:01:02:03"}}).text, device.text);
  EXPECT_EQ(ask("GET", "/").status, 302U);
}

TEST_F(SiteTest, AVersionQueryGetsTheHashesOfTheSketch) {
  auto package = std::make_shared<ServedFile>();
  package->name = "sketch.bin.gz";
  package->kind = FileKind::Firmware;
  package->package = true;
  package->whole = {.size_bytes = 500,
                    .md5 = std::string(32, '3'),
                    .sha256 = std::string(64, '4'),
                    .content = nullptr};
  package->unpacked = {.size_bytes = 900,
                       .md5 = std::string(32, '5'),
                       .sha256 = std::string(64, '6'),
                       .content = nullptr};
  ManifestRule rule;
  rule.image = package->name;
  rule.version = "2.0";
  const auto md5_for = [&](std::string_view mode) {
    return field(ask("GET",
                     "/update",
                     {{"x-ESP8266-STA-MAC", "5C:CF:7F:01:02:03"}, {"x-ESP8266-mode", mode}}),
                 "x-MD5");
  };
  library_.catalogue_->rules = {{rule, package}};
  EXPECT_EQ(md5_for("version"), std::string(32, '5'));
  EXPECT_EQ(md5_for("sketch"), std::string(32, '5'));
  rule.gzip = true;
  library_.catalogue_->rules = {{rule, package}};
  EXPECT_EQ(md5_for("version"), std::string(32, '3'));
  EXPECT_EQ(md5_for("sketch"), std::string(32, '3'));
  package->unpacked.reset();
  rule.gzip = false;
  library_.catalogue_->rules = {{rule, package}};
  EXPECT_EQ(md5_for("version"), "");
  EXPECT_EQ(md5_for("sketch"), "");
}

TEST_F(SiteTest, OnlyACompleteDownloadCountsAsDownloaded) {
  library_.catalogue_->only_file = library_.file_;
  library_.file_->kind = FileKind::Firmware;
  const auto result_of = [&](std::string_view range) {
    const Response response =
        ask("GET", "/", {{"x-ESP8266-STA-MAC", "5C:CF:7F:01:02:03"}, {"Range", range}});
    RequestRecord record;
    record.status = response.status;
    record.complete = true;
    record.account = response.account;
    operations_.on_download_started(record);
    operations_.on_request(record);
    const std::string status = test::status_json(operations_);
    const std::size_t at = status.find("\"result\":\"") + 10;
    return status.substr(at, status.find('"', at) - at);
  };
  EXPECT_EQ(result_of("bytes=0-9"), "offered");
  EXPECT_EQ(result_of("bytes=10-"), "offered");
  EXPECT_EQ(result_of("bytes=0-"), "downloaded");
  EXPECT_EQ(result_of("none"), "downloaded");
}

TEST(ResponseHead, SuitsOldClients) {
  Response response = plain_response(404, "no such file");
  EXPECT_EQ(response_head(response, false, false, 784111777),
            "HTTP/1.0 404 Not Found\r\nServer: otatool\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 13\r\n\r\n");
  EXPECT_THAT(response_head(response, true, false, 0), HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(response_head(response, false, true, 0), HasSubstr("Connection: keep-alive\r\n"));
  EXPECT_THAT(response_head(response, true, true, 0), Not(HasSubstr("Connection")));
  response.status = 304;
  EXPECT_THAT(response_head(response, true, true, 0), Not(HasSubstr("Content-Length")));
}

TEST(OperationsTest, ReplacesInvalidUtf8) {
  Operations operations(0);
  RequestRecord record;
  record.status = 200;
  record.complete = true;
  record.account.image = true;
  record.account.verdict = Verdict::Send;
  record.account.device.emplace();
  record.account.device->station_mac = "5C:CF:7F:01:02:03";
  record.account.device->version = "\xFF\xFE</script>";
  operations.on_download_started(record);
  EXPECT_THAT(test::status_json(operations), HasSubstr("\"result\":\"offered\""));
  operations.on_request(record);
  EXPECT_THAT(test::status_json(operations), HasSubstr("\"result\":\"downloaded\""));
  EXPECT_THAT(test::metrics(operations),
              HasSubstr("otatool_downloads_total{result=\"complete\"} 1\n"));
}

}  // namespace
}  // namespace otatool::http
