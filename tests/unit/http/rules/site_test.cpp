#include "otatool/http/site.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/http/authorization.hpp"
#include "otatool/http/operations.hpp"

namespace otatool::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class FakeLibrary final : public Library {
 public:
  std::shared_ptr<const Catalogue> catalogue() override { return catalogue_; }
  std::shared_ptr<const ServedFile> file(const std::string& path) override {
    return path == file_->name ? file_ : nullptr;
  }

  std::shared_ptr<Catalogue> catalogue_ = std::make_shared<Catalogue>();
  std::shared_ptr<ServedFile> file_ = std::make_shared<ServedFile>();
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
    return site.respond({.method = method, .target = target, .fields = fields});
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
  const Secret login = basic_authorization({.user = "ann", .password = Secret("secret")});
  EXPECT_EQ(ask("GET", "/notes.txt", {{"authorization", login.reveal()}}).status, 200U);
  EXPECT_EQ(ask("GET", "/notes.txt", {{"Authorization", "Basic eDp5"}}).status, 401U);
}

TEST_F(SiteTest, TheStatusPageLoadsNothingElse) {
  const Response page = ask("GET", "/status");
  EXPECT_EQ(page.status, 200U);
  EXPECT_THAT(field(page, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
  EXPECT_THAT(page.text, Not(HasSubstr("http://")));
  EXPECT_THAT(page.text, Not(HasSubstr("https://")));
  EXPECT_THAT(page.text, Not(HasSubstr("src=")));
  EXPECT_THAT(page.text, HasSubstr("prefers-color-scheme: dark"));
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
    operations_.on_request(record);
    const std::string status = operations_.status_json();
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

TEST(OperationsTest, ForgetTheDeviceNotSeenForLongest) {
  Operations operations(0);
  RequestRecord record;
  record.status = 304;
  record.account.device.emplace();
  for (std::size_t i = 0; i <= Operations::kMostDevices; ++i) {
    record.account.device->station_mac = "device " + std::to_string(i);
    operations.on_request(record);
  }
  EXPECT_THAT(operations.status_json(), Not(HasSubstr("\"device 0\"")));
  EXPECT_THAT(operations.status_json(), HasSubstr("\"device 1\""));
  EXPECT_THAT(operations.metrics(), HasSubstr("otatool_devices 5000\n"));
  EXPECT_THAT(operations.metrics(), HasSubstr("otatool_requests_total{status=\"304\"} 5001\n"));
}

TEST(OperationsTest, ReplacesInvalidUtf8) {
  Operations operations(0);
  RequestRecord record;
  record.status = 200;
  record.complete = true;
  record.account.image = true;
  record.account.device.emplace();
  record.account.device->version = "\xFF\xFE</script>";
  operations.on_download_started(record);
  EXPECT_THAT(operations.status_json(), HasSubstr("\"result\":\"offered\""));
  operations.on_request(record);
  EXPECT_THAT(operations.status_json(), HasSubstr("\"result\":\"downloaded\""));
  EXPECT_THAT(operations.metrics(), HasSubstr("otatool_downloads_total{result=\"complete\"} 1\n"));
}

}  // namespace
}  // namespace otatool::http
