// A port without flash, which records the receiver's calls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/bytes.hpp"

#include "firmware/core/digest/md5.hpp"
#include "firmware/core/port.hpp"

namespace otatool::firmware::testing {

inline Endpoint endpoint(std::uint8_t last_byte, std::uint16_t port) {
  return Endpoint{{192, 0, 2, last_byte}, 4, 0, port};
}

struct SentDatagram {
  Endpoint to;
  std::string text;
};

class FakeLink final : public Link {
 public:
  void send_datagram(const Endpoint& to, const char* bytes, std::size_t length) override {
    datagrams.push_back({to, std::string(bytes, length)});
  }
  void connect(const Endpoint& to) override { connected_to = to; }
  bool send(const char* bytes, std::size_t length) override {
    if (full) {
      return false;
    }
    stream.append(bytes, length);
    return true;
  }
  std::size_t undelivered() const override { return in_flight; }
  void close() override { ++closes; }
  void drop() override { ++drops; }

  std::vector<SentDatagram> datagrams;
  std::optional<Endpoint> connected_to;
  std::string stream;
  std::size_t in_flight = 0;
  bool full = false;
  int closes = 0;
  int drops = 0;
};

/// Counts up, so that every nonce is known and different.
class CountingRandom final : public Random {
 public:
  void fill(std::uint8_t* bytes, std::size_t length) override {
    for (std::size_t i = 0; i < length; ++i) {
      bytes[i] = next++;
    }
  }
  std::uint8_t next = 0;
};

class RecordingHooks final : public Hooks {
 public:
  void on_start(wire::Command command) override {
    log.push_back(command == wire::Command::Flash ? "start flash" : "start filesystem");
  }
  void on_progress(std::uint32_t done, std::uint32_t total) override {
    progress = std::to_string(done) + "/" + std::to_string(total);
  }
  void on_end() override { log.emplace_back("end"); }
  void on_error(Stage stage, UpdateError error) override {
    log.push_back("error " + std::to_string(static_cast<int>(stage)) + " " +
                  std::to_string(static_cast<int>(error)));
  }
  std::vector<std::string> log;
  std::string progress;
};

class CountingRestart final : public Restart {
 public:
  void restart() override { ++count; }
  int count = 0;
};

/// Bytes that begin like an application and have no short period.
inline std::vector<std::uint8_t> sample_image(std::size_t size, std::uint8_t seed = 1) {
  std::vector<std::uint8_t> image(size);
  std::uint32_t value = seed;
  for (std::uint8_t& byte : image) {
    value = value * 1664525 + 1013904223;
    byte = static_cast<std::uint8_t>(value >> 24);
  }
  if (!image.empty()) {
    image[0] = 0xE9;
  }
  return image;
}

/// The same, but it does not begin like an application.
inline std::vector<std::uint8_t> sample_filesystem(std::size_t size, std::uint8_t seed = 1) {
  std::vector<std::uint8_t> image = sample_image(size, seed);
  image[0] = 1;
  return image;
}

inline std::string md5_of(const std::vector<std::uint8_t>& bytes) {
  std::uint8_t digest[Md5::kDigestLength];
  Md5 md5;
  md5.update(bytes.data(), bytes.size());
  md5.finish(digest);
  return otatool::to_hex(digest);
}

}  // namespace otatool::firmware::testing
