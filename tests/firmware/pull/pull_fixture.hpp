// A pull client on a fake connection and a flash in RAM, and responses for it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "otatool/bytes.hpp"

#include "firmware/core/boot/journal_installer.hpp"
#include "firmware/core/digest/software_sha256.hpp"
#include "firmware/core/package/delta_applier.hpp"
#include "firmware/core/pull/pull_client.hpp"
#include "tests/firmware/support/fake_port.hpp"
#include "tests/firmware/support/ram_flash.hpp"

namespace otatool::firmware::testing {

using Image = std::vector<std::uint8_t>;

inline constexpr std::uint8_t kMac[] = {0x5C, 0xCF, 0x7F, 0x01, 0xA2, 0x03};
inline constexpr std::uint32_t kRunningSize = 5'001;

inline std::string text_of(const Image& image) {
  return {image.begin(), image.end()};
}

/// 200 with Content-Length and x-MD5, as `serve` sends it.
inline std::string header_for(const Image& image) {
  return "HTTP/1.0 200 OK\r\nServer: otatool\r\nContent-Type: application/octet-stream\r\n"
         "Content-Length: " +
         std::to_string(image.size()) + "\r\nx-MD5: " + md5_of(image) + "\r\n\r\n";
}

inline std::string response_with(const Image& image) {
  return header_for(image) + text_of(image);
}

/// A device that runs kRunningSize bytes. The clock starts shortly before the counter wraps.
struct PullingDevice {
  explicit PullingDevice(bool applies_patches = false)
      : checks{nullptr, &sha256, nullptr, 0, applies_patches ? &applier : nullptr} {
    std::copy(running.begin(), running.end(), flash.cells().begin());
  }

  static FlashMap flash_map() {
    FlashMap found{};
    EXPECT_TRUE(esp8266_flash_map(512 * 1024, found));
    return found;
  }

  void bytes(std::string_view text) { client.on_bytes(as_bytes(text).data(), text.size(), now); }
  /// Asks, and gets the response in pieces of this size.
  void pull(std::string_view response, std::size_t piece = SIZE_MAX) {
    link.stream.clear();
    client.start(now);
    client.on_connected(now);
    for (std::size_t at = 0; at < response.size(); at += std::min(piece, response.size())) {
      bytes(response.substr(at, piece));
    }
  }
  void pull_and_close(std::string_view response, std::size_t piece = SIZE_MAX) {
    pull(response, piece);
    client.on_closed(now);
  }
  /// Polls each millisecond.
  void pass(std::uint32_t milliseconds) {
    for (std::uint32_t i = 0; i < milliseconds; ++i) {
      ++now;
      client.poll(now);
    }
  }
  bool installs() const { return !installed().empty(); }
  Image installed() const {
    wire::BootCommand command{};
    return wire::parse_boot_command(flash.bytes(map.command, wire::kBootCommandLength).data(),
                                    command)
               ? flash.bytes(command.source, command.size)
               : Image();
  }

  std::uint32_t now = 0xFFFFFF00;
  const Image running = sample_image(kRunningSize, 3);
  RamFlash flash{512 * 1024};
  FlashMap map = flash_map();
  FakeLink link;
  RecordingHooks hooks;
  CountingRestart restart;
  SoftwareSha256 sha256;
  JournalInstaller installer{flash, map, kRunningSize};
  Image window = Image(wire::kDeltaWindow);
  Inflater inflater{window.data(), wire::kDeltaWindow};
  DeltaApplier applier{flash, map, kRunningSize, sha256, inflater};
  ImageChecks checks;
  Updater updater{flash, map, installer, checks};
  std::string path = "/update";
  std::string version = "1.4.0";
  PullClient client{link,
                    PullPorts{hooks, restart, updater, flash},
                    PullTarget{{{10, 0, 2, 2}, 4, 0, 8070},
                               {path.data(), path.size()},
                               kMac,
                               {version.data(), version.size()},
                               map,
                               kRunningSize}};
};

}  // namespace otatool::firmware::testing
