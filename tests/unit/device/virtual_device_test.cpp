#include "otatool/device/virtual_device.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "otatool/espota/digest.hpp"

#include "tests/support/raw_host.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::device {
namespace {

using test::RawHost;
using test::sample_application;

std::string md5_of(const std::string& image) {
  return espota::md5_hex(as_bytes(image));
}

/// Virtual devices in a thread of their own while the test plays the host.
class Serving final : public DeviceObserver {
 public:
  Serving() = default;
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;
  ~Serving() override {
    devices_.stop();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  std::uint16_t add(const DeviceOptions& options) {
    const auto port = devices_.add(options);
    EXPECT_TRUE(port) << port.error().message();
    return port.value_or(std::uint16_t{0});
  }
  void start() {
    thread_ = std::thread([this] { devices_.run(); });
  }

  void on_event(std::size_t device, const DeviceEvent& event) override {
    const std::lock_guard lock(mutex_);
    events_.emplace_back(device, event);
    arrived_.notify_all();
  }

  /// Waits for the next event of this kind; drops the events before it.
  template <typename Event>
  std::optional<Event> next() {
    std::unique_lock lock(mutex_);
    for (;;) {
      if (!arrived_.wait_for(lock, std::chrono::seconds(20), [this] { return !events_.empty(); })) {
        return std::nullopt;
      }
      const DeviceEvent event = std::move(events_.front().second);
      events_.pop_front();
      if (const auto* wanted = std::get_if<Event>(&event)) {
        return *wanted;
      }
    }
  }

 private:
  VirtualDevices devices_{*this};
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::pair<std::size_t, DeviceEvent>> events_;
};

void upload(RawHost& host, const std::string& image) {
  ASSERT_TRUE(host.accept());
  ASSERT_TRUE(host.send(image));
  EXPECT_TRUE(host.read_until("OK").ends_with("OK"));
  host.close();
}

TEST(VirtualDevice, ReceivesAnImageAndBootsIt) {
  Serving serving;
  RawHost host(serving.add({}));
  serving.start();
  const auto first = serving.next<Booted>();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->size, 0U);
  EXPECT_FALSE(first->applied);

  const std::string image = sample_application(100'001);
  host.invite(image);
  EXPECT_EQ(host.receive_datagram(), "OK");
  upload(host, image);
  const auto invited = serving.next<Invited>();
  ASSERT_TRUE(invited);
  EXPECT_EQ(invited->size, 100'001U);
  EXPECT_EQ(invited->md5, md5_of(image));
  EXPECT_TRUE(serving.next<UpdateStarted>());
  EXPECT_TRUE(serving.next<UpdateEnded>());
  const auto booted = serving.next<Booted>();
  ASSERT_TRUE(booted);
  EXPECT_TRUE(booted->applied);
  EXPECT_EQ(booted->size, 100'001U);
  EXPECT_EQ(booted->md5, md5_of(image));
}

TEST(VirtualDevice, RequestsThePasswordWithEitherHash) {
  for (const wire::AuthHash hash : {wire::AuthHash::Md5, wire::AuthHash::Sha256}) {
    Serving serving;
    DeviceOptions options;
    options.password = Secret("open sesame");
    options.auth = hash;
    RawHost host(serving.add(options));
    serving.start();
    const std::string image = sample_application(5'000);

    host.invite(image);
    ASSERT_TRUE(host.authenticate("close sesame"));
    EXPECT_EQ(host.receive_datagram(), "Authentication Failed");
    const auto refused = serving.next<UpdateFailed>();
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->stage, Stage::Auth);
    EXPECT_EQ(refused->error.code(), Errc::PasswordRefused);

    host.invite(image);
    ASSERT_TRUE(host.authenticate("open sesame"));
    EXPECT_EQ(host.receive_datagram(), "OK");
    upload(host, image);
    EXPECT_EQ(serving.next<Booted>()->md5, md5_of(image));
  }
}

TEST(VirtualDevice, ReportsTheReasonOfAFailedUpdate) {
  Serving serving;
  RawHost host(serving.add({}));
  serving.start();
  const std::string image = sample_application(50'000);

  host.invite_with_size(image, 3'000'000);
  EXPECT_EQ(host.receive_datagram(), "ERR: ERROR[4]: Not Enough Space\n");
  auto failed = serving.next<UpdateFailed>();
  EXPECT_EQ(failed->stage, Stage::Begin);
  EXPECT_EQ(failed->error, Error(Errc::DeviceRefused, "ERROR[4]: Not Enough Space"));

  host.invite(image);
  EXPECT_EQ(host.receive_datagram(), "OK");
  ASSERT_TRUE(host.accept());
  ASSERT_TRUE(host.send("PK" + image));
  EXPECT_EQ(host.read_all(), "ERROR[10]: Magic byte is not 0xE9\n");
  host.close();
  failed = serving.next<UpdateFailed>();
  EXPECT_EQ(failed->stage, Stage::Receive);
  EXPECT_EQ(failed->error.code(), Errc::DeviceReported);
  EXPECT_TRUE(serving.next<Recovered>());

  host.invite(image);
  EXPECT_EQ(host.receive_datagram(), "OK");
  ASSERT_TRUE(host.accept());
  ASSERT_TRUE(host.send(image.substr(0, 100)));
  EXPECT_EQ(host.read_until("100"), "100");
  host.reset();
  failed = serving.next<UpdateFailed>();
  EXPECT_EQ(failed->stage, Stage::Receive);
  EXPECT_EQ(failed->error.code(), Errc::ConnectionReset);
  EXPECT_NE(failed->error.message().find("after 100 of 50000 bytes"), std::string::npos);

  host.invite(image);
  EXPECT_EQ(host.receive_datagram(), "OK");
  ASSERT_TRUE(host.accept());
  host.close();
  EXPECT_EQ(serving.next<UpdateFailed>()->error.code(), Errc::ConnectionClosed);

  host.stop_listening();
  host.invite(image);
  EXPECT_EQ(host.receive_datagram(), "OK");
  failed = serving.next<UpdateFailed>();
  EXPECT_EQ(failed->stage, Stage::Connect);
  EXPECT_EQ(failed->error.code(), Errc::NetworkFailed);
}

TEST(VirtualDevice, KeepsItsFlashInAFile) {
  const test::TemporaryFolder folder;
  DeviceOptions options;
  options.flash_file = folder / "flash.bin";
  options.flash_size = 1024 * 1024;
  const std::string image = sample_application(30'000);
  {
    Serving serving;
    RawHost host(serving.add(options));
    serving.start();
    host.invite(image);
    EXPECT_EQ(host.receive_datagram(), "OK");
    upload(host, image);
    EXPECT_TRUE(serving.next<UpdateEnded>());
    EXPECT_TRUE(serving.next<Booted>());
  }
  EXPECT_TRUE(folder.read("flash.bin").starts_with(image));
}

TEST(VirtualDevice, ManyShareOneThread) {
  Serving serving;
  std::vector<std::uint16_t> ports;
  for (int i = 0; i < 20; ++i) {
    DeviceOptions options;
    options.flash_size = 512 * 1024;
    options.chip = ChipFamily::Esp8266;
    ports.push_back(serving.add(options));
  }
  serving.start();
  const std::string image = sample_application(20'000);
  std::vector<std::unique_ptr<RawHost>> hosts;
  for (const std::uint16_t port : ports) {
    hosts.push_back(std::make_unique<RawHost>(port));
    hosts.back()->invite(image);
  }
  for (const auto& host : hosts) {
    EXPECT_EQ(host->receive_datagram(), "OK");
    ASSERT_TRUE(host->accept());
    ASSERT_TRUE(host->send(image));
  }
  for (const auto& host : hosts) {
    EXPECT_TRUE(host->read_until("OK").ends_with("OK"));
  }
}

TEST(VirtualDevice, ASmallWindowReceivesWholeImages) {
  for (const std::size_t window : {2144U, 5840U}) {
    Serving serving;
    DeviceOptions options;
    options.window = window;
    RawHost host(serving.add(options));
    serving.start();
    const std::string image = sample_application(200'000);
    host.invite(image);
    EXPECT_EQ(host.receive_datagram(), "OK");
    upload(host, image);
  }
}

TEST(VirtualDevice, ASlowFlashOnlyDelaysTheUpdate) {
  Serving serving;
  DeviceOptions options;
  options.flash_speed = FlashSpeed::Typical;
  RawHost host(serving.add(options));
  serving.start();
  const std::string image = sample_application(10'000);
  const auto begin = std::chrono::steady_clock::now();
  host.invite(image);
  EXPECT_EQ(host.receive_datagram(), "OK");
  upload(host, image);
  // Three sectors were erased and forty pages written: the device cannot have been faster.
  EXPECT_GE(std::chrono::steady_clock::now() - begin,
            std::chrono::milliseconds(3 * 45 + 40 * 7 / 10));
  EXPECT_EQ((serving.next<UpdateEnded>(), serving.next<Booted>())->md5, md5_of(image));
}

TEST(VirtualDevice, BadOptionsAreRefused) {
  Serving serving;
  VirtualDevices devices(serving);
  DeviceOptions options;
  options.bind_address = "localhost";
  EXPECT_EQ(devices.add(options).error().code(), Errc::Usage);
  options = {};
  options.flash_size = 12'345;
  EXPECT_EQ(devices.add(options).error().code(), Errc::Usage);
  options = {};
  options.chip = ChipFamily::Esp32;
  options.flash_size = 1024 * 1024;
  EXPECT_EQ(devices.add(options).error().code(), Errc::Usage);
  options = {};
  const auto port = devices.add(options);
  ASSERT_TRUE(port);
  options.port = *port;
  const auto taken = devices.add(options);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code(), Errc::ListenFailed);
  options = {};
  options.bind_address = "203.0.113.1";
  EXPECT_EQ(devices.add(options).error().code(), Errc::ListenFailed);
}

}  // namespace
}  // namespace otatool::device
