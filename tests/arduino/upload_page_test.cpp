#include "firmware/arduino/upload_page.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/firmware/support/fake_port.hpp"

namespace otatool::arduino {
namespace {

class FakeTarget final : public UpdateTarget {
 public:
  bool begin(wire::Command command, std::uint32_t size) override {
    log += command == wire::Command::Flash ? "flash " : "filesystem ";
    log += std::to_string(size) + " ";
    return !refuse_begin;
  }
  bool write(const std::uint8_t* bytes, std::size_t length) override {
    file.append(reinterpret_cast<const char*>(bytes), length);
    return true;
  }
  bool end() override {
    log += "end ";
    return !refuse_end;
  }
  void cancel() override { log += "cancel "; }

  std::string log;
  std::string file;
  bool refuse_begin = false;
  bool refuse_end = false;
};

const std::string kFile = "\xE9 the image\r\n--not the boundary";

std::string form(const std::string& field = "firmware", const std::string& file = kFile) {
  return "--b\r\nContent-Disposition: form-data; name=\"" + field +
         "\"; filename=\"app.bin\"\r\n\r\n" + file + "\r\n--b--\r\n";
}

std::string post(const std::string& fields = "",
                 const std::string& body = form(),
                 const std::string& path = "/update") {
  return "POST " + path +
         " HTTP/1.1\r\nHost: 192.0.2.1\r\ncontent-type: multipart/form-data; boundary=b\r\n" +
         "Content-Length: " + std::to_string(body.size()) + "\r\n" + fields + "\r\n" + body;
}

class UploadPageTest : public ::testing::Test {
 protected:
  PageAnswer request(const std::string& text, std::size_t piece = 4096) {
    target_.log.clear();
    target_.file.clear();
    page_.begin(firmware::testing::endpoint(1, 1), now_);
    PageAnswer answer = PageAnswer::Pending;
    for (std::size_t at = 0; at < text.size() && answer == PageAnswer::Pending; at += piece) {
      answer = page_.write(reinterpret_cast<const std::uint8_t*>(text.data()) + at,
                           std::min(piece, text.size() - at));
    }
    return answer;
  }

  FakeTarget target_;
  UploadPage page_{target_};
  std::uint32_t now_ = 0xFFFFFF00;
};

TEST_F(UploadPageTest, ShowsTheForm) {
  EXPECT_EQ(request("GET /update HTTP/1.1\r\nHost: device\r\n\r\n"), PageAnswer::Form);
  EXPECT_EQ(request("GET /update?x=1 HTTP/1.1\n\n"), PageAnswer::Form);
  EXPECT_EQ(target_.log, "");
}

TEST_F(UploadPageTest, TakesAnImageInPiecesOfAnySize) {
  const std::string text = post();
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    EXPECT_EQ(request(text, piece), PageAnswer::Updated) << piece;
    EXPECT_EQ(target_.file, kFile) << piece;
    EXPECT_EQ(target_.log, "flash " + std::to_string(kFile.size()) + " end ");
  }
}

TEST_F(UploadPageTest, TheFieldTellsAFilesystem) {
  EXPECT_EQ(request(post("", form("filesystem"))), PageAnswer::Updated);
  EXPECT_EQ(target_.log, "filesystem " + std::to_string(kFile.size()) + " end ");
}

TEST_F(UploadPageTest, ARequestThatBreaksOffUpdatesNothing) {
  const std::string text = post();
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_EQ(request(text.substr(0, length)), PageAnswer::Pending);
    page_.end();
    EXPECT_EQ(target_.log.find("end"), std::string::npos) << length;
    const bool begun = target_.log.find("flash") != std::string::npos;
    EXPECT_EQ(target_.log.find("cancel") != std::string::npos, begun) << length;
  }
}

TEST_F(UploadPageTest, SaysWhyAnImageIsRefused) {
  target_.refuse_begin = true;
  EXPECT_EQ(request(post()), PageAnswer::Failed);
  EXPECT_STREQ(page_.reason(), "");
  target_.refuse_begin = false;
  target_.refuse_end = true;
  EXPECT_EQ(request(post()), PageAnswer::Failed);
  EXPECT_STREQ(page_.reason(), "");
  target_.refuse_end = false;
  EXPECT_EQ(request(post("", "no form")), PageAnswer::Failed);
  EXPECT_STRNE(page_.reason(), "");
  EXPECT_EQ(target_.log, "");
}

TEST_F(UploadPageTest, WantsTheCredentials) {
  page_.set_credentials("admin", "secret");
  EXPECT_EQ(request("GET /update HTTP/1.1\r\n\r\n"), PageAnswer::Unauthorized);
  EXPECT_EQ(request(post()), PageAnswer::Unauthorized);
  EXPECT_EQ(target_.log, "");
  EXPECT_EQ(request(post("Authorization: Basic YWRtaW46c2VjcmV0\r\n")), PageAnswer::Updated);
  EXPECT_EQ(request(post("Authorization: Basic YWRtaW46c2VjcmV\r\n")), PageAnswer::Unauthorized);
  EXPECT_EQ(request(post("Authorization: Basic \r\n")), PageAnswer::Unauthorized);
}

TEST_F(UploadPageTest, EncodesEachLengthOfCredentials) {
  // RFC 4648, made with base64(1).
  const std::vector<std::pair<std::string, std::string>> made = {
      {"a", "dTph"}, {"ab", "dTphYg=="}, {"abc", "dTphYmM="}, {"abcd", "dTphYmNk"}};
  for (const auto& [password, encoded] : made) {
    page_.set_credentials("u", password.c_str());
    EXPECT_EQ(request(post("Authorization: Basic " + encoded + "\r\n")), PageAnswer::Updated)
        << password;
  }
  std::string longest = "dTp4";
  for (std::size_t i = 0; i < (UploadPage::kMaxCredentials - 3) / 3; ++i) {
    longest += "eHh4";
  }
  page_.set_credentials("u", std::string(UploadPage::kMaxCredentials - 1, 'x').c_str());
  EXPECT_EQ(request(post("Authorization: Basic " + longest + "eA==\r\n")), PageAnswer::Updated);
  page_.set_credentials("u", std::string(UploadPage::kMaxCredentials, 'x').c_str());
  EXPECT_EQ(request(post("Authorization: Basic \r\n")), PageAnswer::Unauthorized);
}

TEST_F(UploadPageTest, PausesAfterWrongPasswords) {
  page_.set_credentials("admin", "secret");
  const std::string wrong = post("Authorization: Basic eHg=\r\n");
  const std::string right = post("Authorization: Basic YWRtaW46c2VjcmV0\r\n");
  PageAnswer answer = PageAnswer::Unauthorized;
  for (int i = 0; i < 20 && answer == PageAnswer::Unauthorized; ++i) {
    answer = request(wrong);
  }
  EXPECT_EQ(answer, PageAnswer::Paused);
  EXPECT_EQ(request(right), PageAnswer::Paused);
  now_ += firmware::GuessLimit::kLongestPause;
  EXPECT_EQ(request(right), PageAnswer::Updated);
}

TEST_F(UploadPageTest, TakesNoUploadFromAnotherSite) {
  EXPECT_EQ(request(post("Origin: http://192.0.2.1\r\n")), PageAnswer::Updated);
  for (const std::string origin :
       {"http://192.0.2.10", "https://192.0.2.1", "null", "", "http://192.0.2.1:80"}) {
    const PageAnswer expected = PageAnswer::BadRequest;
    EXPECT_EQ(request(post("Origin: " + origin + "\r\n")), expected) << origin;
    EXPECT_EQ(target_.log, "");
  }
  EXPECT_EQ(request(post("Origin: http://" + std::string(300, 'x') + "\r\n")),
            PageAnswer::BadRequest);
}

TEST_F(UploadPageTest, RefusesOtherRequests) {
  EXPECT_EQ(request(post("", form(), "/")), PageAnswer::NotFound);
  EXPECT_EQ(request(post("", form(), "/updates")), PageAnswer::NotFound);
  EXPECT_EQ(request("PUT /update HTTP/1.1\r\n\r\n"), PageAnswer::NotFound);
  EXPECT_EQ(request("\r\n\r\n"), PageAnswer::NotFound);
  EXPECT_EQ(request("POST /update HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"),
            PageAnswer::BadRequest);
  EXPECT_EQ(request("POST /update HTTP/1.1\r\nContent-Length: 1x\r\n\r\n"), PageAnswer::BadRequest);
  EXPECT_EQ(request("POST /update HTTP/1.1\r\n\r\n"), PageAnswer::Failed);
  EXPECT_EQ(target_.log, "");
}

}  // namespace
}  // namespace otatool::arduino
