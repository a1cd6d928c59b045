// OtatoolOTA and OtatoolWebUpdate as a sketch on an ESP32 uses them: on a model of ESP-IDF's
// updates and of the Arduino core, on real sockets, with the real otatool as the host.
#include <OtatoolOTA.h>
#include <OtatoolWebUpdate.h>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <future>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/arduino/arduino_model.hpp"
#include "tests/support/esp_ota_model.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

OTATOOL_VERSION(3);

namespace otatool {
namespace {

using test::arduino_model;
using test::EspOtaModel;
using test::Outcome;
using Image = std::vector<std::uint8_t>;

class SketchTest : public ::testing::Test {
 protected:
  SketchTest() {
    arduino_model = {};
    chip_.flash_slot(0, old_);
    EXPECT_EQ(chip_.boot(), 0);
    folder_.write("fresh.bin", std::string(fresh_.begin(), fresh_.end()));
    ota_.onStart([this] { log_ += "start "; });
    ota_.onEnd([this] { log_ += "end "; });
    ota_.onError([this](ota_error_t stage) { log_ += "error " + std::to_string(stage) + " "; });
  }
  ~SketchTest() override { ota_.end(); }

  /// At the first free port.
  void begin() {
    while (!ota_.begin()) {
      ASSERT_LT(++port_, 30'000);
      ota_.setPort(port_);
    }
  }
  Outcome otatool(const std::vector<std::string>& arguments, const std::string& password = "") {
    return test::run({.program = OTATOOL_BINARY,
                      .arguments = arguments,
                      .environment = {{"OTATOOL_PASSWORD", password}},
                      .folder = folder_.path().string()});
  }
  /// Uploads while the sketch calls handle(), until the end of the upload or a restart.
  Outcome upload(const std::string& file, const std::string& password) {
    using namespace std::chrono_literals;
    auto host = std::async(std::launch::async, [&, this] {
      return otatool({"upload",
                      file,
                      "127.0.0.1",
                      "--chip",
                      "esp32",
                      "--port",
                      std::to_string(port_),
                      "--force",
                      "not-an-image"},
                     password);
    });
    while (!restarted_ && host.wait_for(1ms) != std::future_status::ready) {
      run();
    }
    return host.get();
  }
  /// One turn of loop().
  void run() {
    try {
      ota_.handle();
      web_.handle();
    } catch (const test::Restarted&) {
      restarted_ = true;
    }
  }
  std::string public_key() {
    EXPECT_EQ(otatool({"keygen", "-o", "sketch.key", "--pubkey", "sketch.pub"}).exit_code, 0);
    std::ifstream file(folder_ / "sketch.pub", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// The response of the upload page.
  std::string ask(const std::string& request) {
    arduino_model.request = request;
    arduino_model.response.clear();
    run();
    return arduino_model.response;
  }
  static std::string form_with(const Image& image, const std::string& field) {
    std::string body = "--b\r\nContent-Disposition: form-data; name=\"" + field +
                       "\"; filename=\"x\"\r\n\r\n" + std::string(image.begin(), image.end()) +
                       "\r\n--b--\r\n";
    return "POST /update HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\n"
           "Content-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  EspOtaModel chip_;
  test::TemporaryFolder folder_;
  const Image old_ = EspOtaModel::image(30'000, 1);
  const Image fresh_ = EspOtaModel::image(60'000, 2);
  OtatoolOTAClass ota_;
  OtatoolWebUpdate web_{ota_};
  std::uint16_t port_ = 3'232;
  std::string log_;
  bool restarted_ = false;
};

TEST_F(SketchTest, TakesAnUploadRestartsAndConfirms) {
  begin();
  EXPECT_EQ(arduino_model.announced, "esp32-060504030201 " + std::to_string(port_));
  const Outcome outcome = upload("fresh.bin", "");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  // The computer may have the verdict before the sketch restarts.
  while (!restarted_) {
    run();
  }
  EXPECT_EQ(log_, "start end ");
  EXPECT_EQ(chip_.boot(), 1);
  EXPECT_TRUE(chip_.runs(fresh_));
  ota_.end();
  EXPECT_EQ(arduino_model.announced, "");
  begin();
  EXPECT_TRUE(ota_.hasTrial());
  EXPECT_TRUE(ota_.onTrial());
  EXPECT_TRUE(ota_.confirm());
  EXPECT_FALSE(ota_.onTrial());
  EXPECT_EQ(chip_.boot(), 1);
}

TEST_F(SketchTest, WithoutRebootOnSuccessTheSketchGoesOn) {
  ota_.setRebootOnSuccess(false);
  begin();
  EXPECT_EQ(upload("fresh.bin", "").exit_code, 0);
  while (log_ != "start end ") {
    run();
  }
  run();
  EXPECT_FALSE(restarted_);
  EXPECT_EQ(chip_.boot(), 1);
}

TEST_F(SketchTest, APasswordSetLaterHoldsAfterTheNextBegin) {
  ota_.setPassword("secret");
  begin();
  EXPECT_NE(arduino_model.announced.find(" password"), std::string::npos);
  ota_.setPassword("other");
  const Outcome wrong = upload("fresh.bin", "other");
  EXPECT_NE(wrong.exit_code, 0);
  const Outcome right = upload("fresh.bin", "secret");
  EXPECT_EQ(right.exit_code, 0) << right.error;
}

TEST_F(SketchTest, EndErasesAnUnverifiedFilesystem) {
  const std::string key = public_key();
  ota_.setPublicKey(key.c_str());
  begin();
  const std::vector<std::uint8_t> part(10'000, 0x55);
  ASSERT_TRUE(ota_.beginUpdate(20'000, nullptr, U_FS));
  ASSERT_TRUE(ota_.writeUpdate(part.data(), part.size()));
  ota_.end();
  const auto bytes = chip_.flash.bytes(chip_.filesystem()->address, 20'480);
  EXPECT_EQ(std::ranges::count(bytes, 0xFF), 20'480);
}

TEST_F(SketchTest, EndAbortsAnUpdateOfTheApplication) {
  begin();
  ASSERT_TRUE(ota_.beginUpdate(static_cast<std::uint32_t>(fresh_.size())));
  ASSERT_TRUE(ota_.writeUpdate(fresh_.data(), 1'000));
  ota_.end();
  begin();
  ASSERT_TRUE(ota_.beginUpdate(static_cast<std::uint32_t>(fresh_.size())));
  ASSERT_TRUE(ota_.writeUpdate(fresh_.data(), fresh_.size()));
  EXPECT_TRUE(ota_.endUpdate());
  EXPECT_EQ(chip_.boot(), 1);
}

TEST_F(SketchTest, SaysWhyAnUpdateFailed) {
  const std::string key = public_key();
  ota_.setPublicKey(key.c_str());
  begin();
  EXPECT_EQ(ota_.version(), 3U);
  const Outcome refused = upload("fresh.bin", "");
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_STREQ(ota_.lastError().c_str(), "Signature verification failed: no signature");
  EXPECT_EQ(log_, "start error 4 ");
  EXPECT_FALSE(restarted_);
}

TEST_F(SketchTest, ServesAnUploadPage) {
  begin();
  web_.setCredentials("admin", "secret");
  web_.begin();
  EXPECT_EQ(ask("GET /update HTTP/1.1\r\n\r\n").substr(0, 25), "HTTP/1.1 401 Unauthorized");
  const std::string login = "Authorization: Basic YWRtaW46c2VjcmV0\r\n";
  EXPECT_NE(ask("GET /update HTTP/1.1\r\n" + login + "\r\n").find("name='firmware'"),
            std::string::npos);
  std::string form = form_with(old_, "filesystem");
  form.insert(form.find("\r\n") + 2, login);
  EXPECT_NE(ask(form).find("Update error: Image is an application"), std::string::npos)
      << arduino_model.response;
  EXPECT_FALSE(restarted_);
  form = form_with(fresh_, "firmware");
  form.insert(form.find("\r\n") + 2, login);
  EXPECT_NE(ask(form).find("Update Success"), std::string::npos) << arduino_model.response;
  EXPECT_TRUE(restarted_);
  EXPECT_EQ(chip_.boot(), 1);
  EXPECT_TRUE(chip_.runs(fresh_));
}

}  // namespace
}  // namespace otatool
