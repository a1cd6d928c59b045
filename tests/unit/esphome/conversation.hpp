// A conversation between a Session and a device, as bytes: what the host must send, and what the
// device sends. Can be replayed in pieces and with a failure at each step.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "otatool/esphome/session.hpp"

namespace otatool::esphome {

inline constexpr std::size_t kBlockBytes = 8192;

/// The image of the conversations; it is not a whole number of blocks.
[[nodiscard]] std::string small_image(std::size_t size = 20'000);
/// Its stand-in for gzip.
[[nodiscard]] std::string packed(std::string_view image);
[[nodiscard]] std::string bytes_of(std::initializer_list<int> bytes);
/// `size` in 4 bytes, big-endian, and nothing else.
[[nodiscard]] std::string size_field(std::size_t size);
/// Seed of every conversation: the cnonce is `cd` again and again.
[[nodiscard]] Seed fixed_seed();

/// Performs the actions of one session; the kernel accepts everything at once.
class Host {
 public:
  Host(Plan plan, std::string_view image);

  void give(const Event& event);
  void receive(std::string_view bytes);
  void time_out();

  [[nodiscard]] bool finished() const { return finish_.has_value(); }
  /// The error of a finished session; nothing after success.
  [[nodiscard]] const std::optional<Error>& error() const { return finish_->error; }
  /// What was sent and not yet taken.
  [[nodiscard]] std::string take_sent() { return std::exchange(sent_, {}); }
  [[nodiscard]] const Session& session() const { return session_; }

 private:
  void perform(Action action);

  std::string image_;
  std::string packed_;
  Session session_;
  Millis now_{0};
  Millis deadline_{0};
  std::string sent_;
  std::optional<Finish> finish_;
};

class Conversation {
 public:
  explicit Conversation(Plan plan = {}, std::string image = small_image())
      : plan_(std::move(plan)), image_(std::move(image)) {}

  Conversation& host(std::string bytes);
  Conversation& device(std::string bytes);
  Conversation& device(std::initializer_list<int> bytes) { return device(bytes_of(bytes)); }

  // The common steps.
  Conversation& greeting(int version, int features = 0x07);
  /// Size, MD5 and image, with all answers but the last two; `prefix` comes before the size.
  Conversation& transfer(const std::string& payload, int version, const std::string& prefix = {});
  Conversation& success();

  /// Plays the whole conversation, with the device's bytes in one piece, byte by byte, and split at
  /// each position.
  void succeeds() const;
  void fails(Errc code) const;
  /// Plays each part of the conversation and then lets the connection end, time pass, or the device
  /// send an error or nonsense.
  void fails_properly_at_each_step() const;

 private:
  struct Turn {
    bool of_host;
    std::string bytes;
  };
  [[nodiscard]] std::size_t device_bytes() const;
  /// Plays as much as contains `limit` bytes of the device, in pieces that end at `cuts`.
  void play(Host& host, const std::function<bool(std::size_t)>& cut, std::size_t limit) const;
  void fail_after(std::size_t limit) const;

  Plan plan_;
  std::string image_;
  std::vector<Turn> turns_;
};

}  // namespace otatool::esphome
