// Uploads to a device whose process is stopped in the middle. The test steps through the transfer:
// it stops one of the two processes whenever the other one runs, and waits for what the kernel says
// about their sockets.
#include <fstream>
#include <functional>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/stock_fixture.hpp"
#include "tests/support/json_events.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/stopped_process.hpp"

namespace otatool::test {
namespace {

constexpr std::size_t kWindow = 5840;  ///< of an ESP8266

/// A socket in /proc/net/tcp or udp. Ports are 0 for none.
struct KernelSocket {
  unsigned port = 0;
  unsigned remote_port = 0;
  unsigned state = 0;
  std::size_t unsent = 0;  ///< bytes that the peer has not acknowledged
  std::size_t unread = 0;  ///< bytes that the process has not read
};

std::vector<KernelSocket> kernel_sockets(const std::string& protocol) {
  std::vector<KernelSocket> sockets;
  std::ifstream table("/proc/net/" + protocol);
  static const std::regex kRow(
      R"(^ *\d+: [0-9A-F]+:([0-9A-F]+) [0-9A-F]+:([0-9A-F]+) ([0-9A-F]+) ([0-9A-F]+):([0-9A-F]+) .*)");
  const auto number = [](const std::string& hex) { return std::stoul(hex, nullptr, 16); };
  for (std::string line; std::getline(table, line);) {
    std::smatch row;
    if (std::regex_match(line, row, kRow)) {
      sockets.push_back({.port = static_cast<unsigned>(number(row[1])),
                         .remote_port = static_cast<unsigned>(number(row[2])),
                         .state = static_cast<unsigned>(number(row[3])),
                         .unsent = number(row[4]),
                         .unread = number(row[5])});
    }
  }
  return sockets;
}

class StoppedDevice : public StockUpload {
 protected:
  StoppedDevice() { use_image(sketch_of(600'000)); }

  /// Both ends of the connection from the device.
  struct Ends {
    KernelSocket upload;
    KernelSocket device;
  };
  std::optional<Ends> ends() const {
    constexpr unsigned kEstablished = 1;
    Ends ends;
    for (const KernelSocket& each : kernel_sockets("tcp")) {
      if (each.state == kEstablished && each.port == host_port_) {
        ends.upload = each;
      } else if (each.state == kEstablished && each.remote_port == host_port_) {
        ends.device = each;
      }
    }
    return ends.upload.port != 0 && ends.device.port != 0 ? std::optional(ends) : std::nullopt;
  }
  bool invitation_waits() const {
    return std::ranges::any_of(kernel_sockets("udp"), [this](const KernelSocket& each) {
      return each.port == device_port_ && each.unread > 0;
    });
  }

  static bool reaches(const std::function<bool()>& is_so) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!is_so()) {
      if (std::chrono::steady_clock::now() > end) {
        return false;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }

  unsigned device_port_ = 0;
  unsigned host_port_ = 0;
};

TEST_F(StoppedDevice, GetsAMessageThatSaysWhatItConsumed) {
  Process device({.program = OTATOOL_BINARY,
                  .arguments = {"device",
                                "--port",
                                "0",
                                "--window",
                                std::to_string(kWindow),
                                "--stall-timeout",
                                "600",
                                "--no-announce",
                                "--json"}});
  device_port_ = next_event(device, "listening").at("udp").get<unsigned>();
  std::optional<Stopped> device_stop(device);
  Process upload(upload_call({"127.0.0.1:" + std::to_string(device_port_),
                              "--gzip",
                              "never",
                              "--retries",
                              "0",
                              "--stall-timeout",
                              "30",
                              "--timeout",
                              "600"}));
  static const std::regex kLine(R"(.*it will connect to 127\.0\.0\.1:(\d+))");
  std::smatch port;
  for (auto line = upload.read_error_line(); line && port.empty();) {
    if (std::regex_search(*line, port, kLine)) {
      host_port_ = static_cast<unsigned>(std::stoul(port[1]));
    } else {
      line = upload.read_error_line();
    }
  }
  ASSERT_NE(host_port_, 0U);
  ASSERT_TRUE(reaches([this] { return invitation_waits(); }));
  {
    const Stopped upload_stop(upload);
    device_stop.reset();
    ASSERT_TRUE(reaches([this] { return ends().has_value(); })) << "the device connects";
    device_stop.emplace(device);
  }
  ASSERT_TRUE(reaches([this] {
    const auto now = ends();
    return now && now->upload.unsent > 0 && now->device.unread > 0;
  })) << "the window of the device is full";
  {
    const Stopped upload_stop(upload);
    device_stop.reset();
    ASSERT_TRUE(reaches([this] {
      const auto now = ends();
      return now && now->upload.unsent == 0 && now->device.unread == 0 && now->upload.unread > 0;
    })) << "the device reads and replies";
    device_stop.emplace(device);
  }
  const Outcome outcome = upload.wait();
  EXPECT_EQ(outcome.exit_code, 5) << outcome.error;
  static const std::regex kStall(
      R"(stalled after (\d+) of 600000 bytes \(\d+ %\) \(its last reply came after (\d+) bytes\))");
  std::smatch stall;
  ASSERT_TRUE(std::regex_search(outcome.error, stall, kStall)) << outcome.error;
  const std::size_t delivered = std::stoul(stall[1]);
  const std::size_t consumed = std::stoul(stall[2]);
  EXPECT_GT(consumed, 0U);
  EXPECT_GT(delivered, consumed);
  EXPECT_LE(delivered - consumed, 2 * kWindow) << "the buffer of the system, with its bookkeeping";
}

}  // namespace
}  // namespace otatool::test
