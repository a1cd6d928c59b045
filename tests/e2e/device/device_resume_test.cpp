// `otatool upload` to `otatool device` after a transfer that broke off.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/espota/digest.hpp"

#include "tests/support/cut_connection.hpp"
#include "tests/support/json_events.hpp"
#include "tests/support/process.hpp"
#include "tests/support/raw_host.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {
namespace {

constexpr std::size_t kSize = 200'001;
constexpr std::size_t kPage = 256;

std::string md5_of(const std::string& image) {
  return espota::md5_hex(as_bytes(image));
}

class DeviceResume : public ::testing::Test {
 protected:
  explicit DeviceResume(std::vector<std::string> arguments = {})
      : device_({.program = OTATOOL_BINARY, .arguments = with_json(std::move(arguments))}),
        port_(next_event(device_, "listening").at("udp").get<std::uint16_t>()) {}

  /// Sends the first bytes of `image` like a host that then crashes.
  void break_off(const std::string& image, std::size_t bytes, const std::string& password = {}) {
    RawHost host(port_);
    host.invite(image);
    if (!password.empty()) {
      ASSERT_TRUE(host.authenticate(password));
    }
    ASSERT_EQ(host.receive_datagram(), "OK");
    ASSERT_TRUE(host.accept());
    send_acknowledged(host, image, bytes);
    host.close();
    ASSERT_EQ(next_event(device_, "error").at("stage"), "receive");
  }

  /// Reads every reply, so that the close does not become a reset, which loses bytes.
  static void send_acknowledged(RawHost& host, std::string_view image, std::size_t bytes) {
    std::string acks;
    for (std::size_t at = 0; at < bytes;) {
      const std::size_t piece = std::min<std::size_t>(bytes - at, 4'000);
      ASSERT_TRUE(host.send(image.substr(at, piece)));
      at += piece;
      acks += std::to_string(piece);
      ASSERT_EQ(host.read_until(acks), acks);
    }
  }

  /// The events of an upload that succeeds.
  std::vector<nlohmann::json> upload(const std::string& image, const std::string& password = {}) {
    return upload_to("127.0.0.1:" + std::to_string(port_), "0", image, password);
  }
  std::vector<nlohmann::json> upload_to(const std::string& target,
                                        const std::string& retries,
                                        const std::string& image,
                                        const std::string& password) {
    ProgramCall call{.program = OTATOOL_BINARY};
    call.arguments = {"--json",
                      "upload",
                      folder_.write("firmware.bin", image),
                      target,
                      "--retries",
                      retries,
                      "--force",
                      "not-an-image"};
    if (!password.empty()) {
      call.environment["OTATOOL_PASSWORD"] = password;
    }
    const Outcome outcome = run(call);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    std::vector<nlohmann::json> events;
    for (std::size_t at = 0; at < outcome.output.size();) {
      const std::size_t end = outcome.output.find('\n', at);
      events.push_back(nlohmann::json::parse(outcome.output.substr(at, end - at)));
      at = end + 1;
    }
    EXPECT_EQ(next_event(device_, "boot").at("md5"), md5_of(image));
    return events;
  }

  /// Bytes of the image that the upload did not send, and those that it sent.
  static void expect_parts(const std::vector<nlohmann::json>& events,
                           std::size_t kept,
                           std::size_t sent) {
    std::size_t resumed = 0;
    for (const nlohmann::json& event : events) {
      if (event.at("event") == "resume") {
        resumed = event.at("bytes").get<std::size_t>();
      } else if (event.at("event") == "result") {
        EXPECT_EQ(event.at("bytes"), sent);
      }
    }
    EXPECT_EQ(resumed, kept);
  }

  static std::vector<std::string> with_json(std::vector<std::string> arguments) {
    std::vector<std::string> all{"device", "--port", "0", "--no-announce", "--json"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return all;
  }

  /// Expects that the second attempt of one upload through a broken connection sends the rest of
  /// `image_`.
  void expect_rest_after_cut(std::size_t bytes, const std::string& password = {}) {
    EXPECT_EQ(next_event(device_, "boot").at("applied"), false);
    CutConnection network(port_, bytes);
    const auto events = upload_to(network.target(), "1", image_, password);
    const std::size_t kept = bytes / kPage * kPage;
    EXPECT_EQ(std::ranges::count(events, "retry", &name_of), 1);
    expect_parts(events, kept, kSize - kept);
    const std::vector<std::string> carried = network.carried();
    const std::string rest = "RESUME " + std::to_string(kept) + "\n" + image_.substr(kept);
    ASSERT_EQ(carried.size(), 2U);
    EXPECT_EQ(carried[0].size(), bytes);
    EXPECT_EQ(carried[1].size(), rest.size());
    EXPECT_TRUE(carried[1] == rest);
  }
  static std::string name_of(const nlohmann::json& event) { return event.at("event"); }

  TemporaryFolder folder_;
  Process device_;
  std::uint16_t port_;
  const std::string image_ = sample_application(kSize);
};

class ProtectedDeviceResume : public DeviceResume {
 protected:
  ProtectedDeviceResume() : DeviceResume({"--password", "secret"}) {}
};

TEST_F(DeviceResume, UploadSendsOnlyTheRest) {
  std::uint32_t seed = 2;
  for (const std::size_t bytes : {kPage, std::size_t{65'536}, std::size_t{100'000}, kSize - 1}) {
    const std::string image = sample_application(kSize, seed++);
    break_off(image, bytes);
    const std::size_t kept = bytes / kPage * kPage;
    expect_parts(upload(image), kept, kSize - kept);
  }
}

TEST_F(DeviceResume, TheNextAttemptOfABrokenUploadSendsOnlyTheRest) {
  expect_rest_after_cut(120'000);
}

TEST_F(DeviceResume, ABreakBeforeTheFirstPageKeepsNothing) {
  break_off(image_, kPage - 1);
  expect_parts(upload(image_), 0, kSize);
}

TEST_F(DeviceResume, AChangedImageIsSentFromItsFirstByte) {
  break_off(image_, 100'000);
  std::string changed = image_;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  expect_parts(upload(changed), 0, kSize);
}

TEST_F(DeviceResume, AHostThatLiedAboutItsImageCostsNoMoreThanTheWholeImage) {
  std::string wrong = image_;
  wrong[1'000] = static_cast<char>(wrong[1'000] ^ 1);
  RawHost liar(port_);
  liar.send_datagram("0 " + std::to_string(liar.tcp_port()) + " " + std::to_string(kSize) + " " +
                     md5_of(image_) + "\n");
  ASSERT_EQ(liar.receive_datagram(), "OK");
  ASSERT_TRUE(liar.accept());
  send_acknowledged(liar, wrong, 100'000);
  liar.close();
  ASSERT_EQ(next_event(device_, "error").at("stage"), "receive");
  expect_parts(upload(image_), 0, kSize);
}

TEST_F(DeviceResume, AStockHostSendsTheWholeImage) {
  break_off(image_, 100'000);
  RawHost stock(port_);
  stock.invite(image_);
  ASSERT_EQ(stock.receive_datagram(), "OK");
  ASSERT_TRUE(stock.accept());
  ASSERT_TRUE(stock.send(image_));
  EXPECT_THAT(stock.read_until("OK"), ::testing::EndsWith("OK"));
  stock.close();
  EXPECT_EQ(next_event(device_, "boot").at("md5"), md5_of(image_));
}

TEST_F(DeviceResume, ALineWithAnotherNumberIsRefused) {
  break_off(image_, 100'000);
  RawHost host(port_);
  host.invite(image_);
  ASSERT_EQ(host.receive_datagram(), "OK");
  ASSERT_TRUE(host.accept());
  ASSERT_TRUE(host.send("RESUME 100000\n"));
  EXPECT_THAT(host.read_all(), ::testing::StartsWith("ERROR[5]"));
  host.close();
  expect_parts(upload(image_), 0, kSize);
}

TEST_F(ProtectedDeviceResume, TheNextAttemptOfABrokenUploadSendsOnlyTheRest) {
  expect_rest_after_cut(120'000, "secret");
}

TEST_F(ProtectedDeviceResume, NeedsThePasswordAgain) {
  break_off(image_, 100'000, "secret");
  expect_parts(upload(image_, "secret"), 99'840, kSize - 99'840);
}

}  // namespace
}  // namespace otatool::test
