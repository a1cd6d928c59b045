// An announcer with a clock, and queries for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "firmware/core/mdns/announcer.hpp"
#include "tests/firmware/support/dns_text.hpp"
#include "tests/firmware/support/fake_port.hpp"

namespace otatool::firmware::testing {

inline constexpr std::string_view kType = "_arduino._tcp.local";
inline constexpr std::string_view kInstance = "Kitchen light._arduino._tcp.local";
inline constexpr std::string_view kHostName = "esp8266-0a0b0c.local";
/// Longer than the reply delay of any device.
inline constexpr std::uint32_t kLongEnough = 130;

inline std::string txt_data() {
  return std::string("\x0ctcp_check=no\x05gz=1x");
}

inline Announcement announcement() {
  static const std::string kTxtData = txt_data();
  Announcement announcement{};
  announcement.instance = {"Kitchen light", 13};
  announcement.host = {"esp8266-0a0b0c", 14};
  announcement.port = 8266;
  announcement.txt = reinterpret_cast<const std::uint8_t*>(kTxtData.data());
  announcement.txt_length = kTxtData.size();
  announcement.addresses[0] = {{192, 0, 2, 9}, 4};
  announcement.address_count = 1;
  return announcement;
}

/// The clock starts shortly before the counter wraps.
template <typename AnyAnnouncer>
class DeviceWith {
 public:
  explicit DeviceWith(const Announcement& what = announcement()) : announcer(what) {}

  std::optional<DnsAnswer> receive(const std::string& bytes, std::uint16_t port = kMdnsPort) {
    return parsed(announcer.on_datagram(endpoint(77, port),
                                        reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                        bytes.size(),
                                        now),
                  MdnsReply::To::Sender);
  }
  std::optional<DnsAnswer> poll(std::uint32_t after = 0) {
    now += after;
    return parsed(announcer.poll(now), MdnsReply::To::Group);
  }
  /// Advances the clock to the next poll; returns the milliseconds, or kNever.
  std::uint32_t wait() {
    const std::uint32_t time = announcer.poll_after(now);
    now += time == Announcer::kNever ? 0 : time;
    return time;
  }

  std::uint32_t now = 0xFFFFFF00;
  AnyAnnouncer announcer;

 private:
  static std::optional<DnsAnswer> parsed(const MdnsReply& reply, MdnsReply::To to) {
    if (reply.to == MdnsReply::To::None) {
      EXPECT_EQ(reply.length, 0U);
      return std::nullopt;
    }
    EXPECT_EQ(reply.to, to);
    EXPECT_LE(reply.length, Announcer::kMaxReplyLength);
    return DnsAnswer(std::string(reinterpret_cast<const char*>(reply.bytes), reply.length));
  }
};

using AnnouncingDevice = DeviceWith<Announcer>;

inline std::string ask(std::string_view name, std::uint16_t type) {
  return DnsQuery().ask(name, type).bytes();
}

}  // namespace otatool::firmware::testing
