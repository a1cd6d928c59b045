// A receiver on a fake port, and the messages of a host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "otatool/espota/digest.hpp"

#include "firmware/core/boot/journal_installer.hpp"
#include "firmware/core/digest/software_sha256.hpp"
#include "firmware/core/receiver.hpp"
#include "tests/firmware/support/fake_port.hpp"
#include "tests/firmware/support/ram_flash.hpp"

namespace otatool::firmware::testing {

using State = Receiver::State;

/// A receiver with its port. The clock starts shortly before the counter wraps.
struct Device {
  explicit Device(wire::AuthHash hash = wire::AuthHash::None, std::string password = "secret")
      : stored(hash == wire::AuthHash::None ? std::string()
               : hash == wire::AuthHash::Md5
                   ? std::string(espota::stored_form(password, espota::PasswordForm::Md5).reveal())
                   : std::string(
                         espota::stored_form(password, espota::PasswordForm::Sha256).reveal())),
        authenticator(hash, {stored.data(), stored.size()}, random, sha256) {}

  static FlashMap flash_map() {
    FlashMap map{};
    EXPECT_TRUE(esp8266_flash_map(512 * 1024, map));
    return map;
  }

  void datagram(const std::string& text, const Endpoint& from) {
    receiver.on_datagram(from, text.data(), text.size(), now);
  }
  void bytes(const std::vector<std::uint8_t>& sent) {
    receiver.on_bytes(sent.data(), sent.size(), now);
  }
  void text(const std::string& sent) {
    receiver.on_bytes(reinterpret_cast<const std::uint8_t*>(sent.data()), sent.size(), now);
  }
  /// Advances the clock, polling whenever poll_after() is over.
  void pass(std::uint32_t milliseconds) {
    const std::uint32_t end = now + milliseconds;
    while (now != end) {
      const std::uint32_t left = end - now;
      const std::uint32_t wanted = receiver.poll_after(now);
      now += std::min(left, std::max(wanted, 1U));
      receiver.poll(now);
    }
  }
  /// Polls at the current time until the response has been checked.
  void finish_check() {
    for (int i = 0; i < 1000 && receiver.state() == State::Verifying; ++i) {
      receiver.poll(now);
    }
  }
  std::string last_datagram() const {
    return link.datagrams.empty() ? std::string() : link.datagrams.back().text;
  }
  bool boots_next() const {
    wire::BootCommand command{};
    return wire::parse_boot_command(flash.bytes(map.command, wire::kBootCommandLength).data(),
                                    command);
  }

  std::uint32_t now = 0xFFFFFF00;
  std::string stored;
  RamFlash flash{512 * 1024};
  FlashMap map = flash_map();
  FakeLink link;
  CountingRandom random;
  SoftwareSha256 sha256;
  RecordingHooks hooks;
  CountingRestart restart;
  Authenticator authenticator;
  JournalInstaller installer{flash, map, 0};
  Updater updater{flash, map, installer};
  Receiver receiver{ReceiverPorts{link, hooks, restart, updater, authenticator}};
};

/// The invitation for `image`.
inline std::string invitation(const std::vector<std::uint8_t>& image,
                              int command = 0,
                              std::uint16_t port = 4000) {
  return std::to_string(command) + " " + std::to_string(port) + " " + std::to_string(image.size()) +
         " " + md5_of(image) + "\n";
}

/// The correct response to the last challenge of `device`.
inline std::string response_of(const Device& device) {
  const std::string nonce = device.last_datagram().substr(5);
  const std::string cnonce(nonce.size(), 'c');
  return "200 " + cnonce + " " +
         (nonce.size() == 32 ? espota::md5_response(device.stored, nonce, cnonce)
                             : espota::sha256_response(device.stored, nonce, cnonce)) +
         "\n";
}

inline std::string wrong_response(const Device& device) {
  const std::string digits(device.authenticator.hex_length(), '0');
  return "200 " + digits + " " + digits + "\n";
}

inline const Endpoint kHost = endpoint(1, 5000);
inline const Endpoint kOtherHost = endpoint(2, 5000);

/// Completes invitation, authentication and connection.
inline void begin(Device& device, const std::vector<std::uint8_t>& image) {
  device.datagram(invitation(image), kHost);
  if (device.receiver.state() == State::Challenged) {
    device.datagram(response_of(device), kHost);
    device.finish_check();
  }
  ASSERT_EQ(device.last_datagram(), "OK");
  ASSERT_EQ(device.receiver.state(), State::Connecting);
  device.receiver.on_connected(device.now);
}

}  // namespace otatool::firmware::testing
