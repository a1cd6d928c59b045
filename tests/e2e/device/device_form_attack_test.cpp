// The upload page of a virtual device against damaged forms, hostile requests and guesses.
#include <chrono>
#include <memory>
#include <vector>

#include "tests/e2e/device/device_http_fixture.hpp"
#include "tests/support/http_client.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class DeviceFormAttack : public DeviceForm {
 protected:
  static std::uint16_t port_of(const FormDevice& device) {
    const auto from = device.url.find(':', 7) + 1;
    return static_cast<std::uint16_t>(std::stoi(device.url.substr(from)));
  }
  [[nodiscard]] std::string form(const std::string& closing) const {
    return "--X\r\nContent-Disposition: form-data; name=\"firmware\"; filename=\"a\"\r\n\r\n" +
           image_ + "\r\n--X" + closing;
  }
  static std::string head(std::size_t length) {
    return "POST /update HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=X\r\n"
           "Content-Length: " +
           std::to_string(length) + "\r\n\r\n";
  }
};

TEST_F(DeviceFormAttack, ADamagedClosingBoundaryInstallsNothing) {
  FormDevice device;
  const std::string body = form("-x\r\n");
  const auto reply = fetch(port_of(device), head(body.size()) + body);
  ASSERT_TRUE(reply);
  EXPECT_THAT(reply->body, HasSubstr("Update error: Boundary of the form is wrong"));
  EXPECT_EQ(device.next("error").at("stage"), "receive");
  // The next boot is that of a good form.
  EXPECT_THAT(curl({"-F", "firmware=@" + folder_.write("next.bin", sketch(9'001)), device.url}),
              HasSubstr("Update Success"));
  EXPECT_EQ(device.next("boot").at("md5"), md5_of(sketch(9'001)));
}

TEST_F(DeviceFormAttack, AConnectionCutAfterTheBoundaryInstallsNothing) {
  FormDevice device;
  const std::string body = form("--\r\n");
  {
    HttpClient client(port_of(device));
    client.send(head(body.size()) + body.substr(0, body.size() - 4));
    const auto progress = [&device] { return device.next("progress").at("bytes"); };
    while (progress() != image_.size()) {
    }
  }
  EXPECT_EQ(device.next("error").at("stage"), "receive");
  EXPECT_THAT(curl({"-F", "firmware=@" + folder_.write("next.bin", sketch(9'001)), device.url}),
              HasSubstr("Update Success"));
  EXPECT_EQ(device.next("boot").at("md5"), md5_of(sketch(9'001)));
}

TEST_F(DeviceFormAttack, TheNotFoundPageEscapesThePath) {
  FormDevice device;
  const auto reply = fetch(port_of(device), "GET /<script>'&\" HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->status == 404 || reply->status == 400);
  const auto plain = fetch(port_of(device), "GET /<script>alert(1) HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->status, 404U);
  EXPECT_THAT(plain->body, Not(HasSubstr("<script>")));
  EXPECT_THAT(plain->body, HasSubstr("/&lt;script&gt;alert(1)"));
}

TEST_F(DeviceFormAttack, MalformedRequestsGet400) {
  FormDevice device;
  for (const std::string& request : {std::string("nonsense\r\n\r\n"),
                                     std::string("GET /update HTTP/1.1\r\nno colon\r\n\r\n"),
                                     "GET /" + std::string(10'000, 'a') + " HTTP/1.1\r\n\r\n"}) {
    const auto reply = fetch(port_of(device), request);
    ASSERT_TRUE(reply) << request.substr(0, 40);
    EXPECT_EQ(reply->status, 400U);
  }
}

TEST_F(DeviceFormAttack, SlowConnectionsBlockNobody) {
  FormDevice device;
  std::vector<std::unique_ptr<HttpClient>> slow;
  for (int i = 0; i < 30; ++i) {
    slow.push_back(std::make_unique<HttpClient>(port_of(device)));
    slow.back()->send("GET /upd");
  }
  EXPECT_THAT(curl({device.url}), HasSubstr(" 200"));
  EXPECT_THAT(curl({"-F", file_, device.url}), HasSubstr("Update Success"));
}

TEST_F(DeviceFormAttack, AnUploadIsNotDroppedForOtherConnections) {
  FormDevice device;
  const std::string body = form("--\r\n");
  HttpClient upload(port_of(device));
  upload.send(head(body.size()) + body.substr(0, 1'000));
  device.next("start");
  std::vector<std::unique_ptr<HttpClient>> others;
  for (int i = 0; i < 30; ++i) {
    others.push_back(std::make_unique<HttpClient>(port_of(device)));
  }
  EXPECT_THAT(curl({device.url}), HasSubstr(" 200"));
  upload.send(body.substr(1'000));
  const auto reply = upload.read_reply();
  ASSERT_TRUE(reply);
  EXPECT_THAT(reply->body, HasSubstr("Update Success"));
}

TEST_F(DeviceFormAttack, GuessingPausesAndThePageStaysUp) {
  FormDevice device({"--user", "me"}, "secret");
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(curl({"-u", "me:guess", device.url}), HasSubstr(" 401"));
  }
  const std::string paused = curl({"-i", "-u", "me:secret", device.url});
  EXPECT_THAT(paused, HasSubstr(" 429"));
  EXPECT_THAT(paused, HasSubstr("Retry-After: "));
  EXPECT_THAT(curl({device.url}), HasSubstr(" 401"));
}

}  // namespace
}  // namespace otatool::test
