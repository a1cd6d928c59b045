// The byte stream of one connection: plain at first, then inside Noise frames (esphome-ota.md 5).
// For both ends. No sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/error.hpp"
#include "otatool/result.hpp"

#include "esphome/noise.hpp"

namespace otatool::esphome {

inline constexpr std::size_t kLargestUnit = 1024;  ///< bytes of plaintext in a frame
inline constexpr std::size_t kFrameHeader = 3;

/// `NoiseOTAInit` and the bytes of the negotiation: the peers must have seen the same ones.
[[nodiscard]] std::string noise_prologue(std::uint8_t version,
                                         std::uint8_t host_features,
                                         std::uint8_t device_features);

class Channel {
 public:
  /// Takes bytes of the peer. An error is final: nothing of these bytes, and no later ones, may be
  /// trusted. EncryptionRefused if the handshake fails, NetworkFailed if a frame is not valid.
  [[nodiscard]] std::optional<Error> receive(Bytes bytes);

  /// What the peer sent: plain bytes, or what the frames contain.
  [[nodiscard]] std::string& inbox() { return inbox_; }

  /// Wraps `unit`, at most kLargestUnit bytes per frame, and appends it to `out`.
  void send(Bytes unit, std::string& out);

  /// Starts the handshake; an initiator appends its message to `out`. Bytes that came before are
  /// read as frames.
  [[nodiscard]] std::optional<Error> start_handshake(NoiseHandshake handshake,
                                                     NoiseRole role,
                                                     std::string& out);
  /// The frame that a responder sends back after the peer's message or its rejection.
  [[nodiscard]] std::string take_reply() { return std::exchange(reply_, {}); }

  [[nodiscard]] bool is_sealed() const { return ciphers_.has_value(); }
  /// True from the begin of the handshake on.
  [[nodiscard]] bool is_framed() const { return handshake_.has_value() || is_sealed(); }

 private:
  std::optional<Error> take_frames();
  [[nodiscard]] Result<std::size_t> frame_size(Bytes raw) const;
  std::optional<Error> take_payload(Bytes payload);
  std::optional<Error> take_handshake(Bytes payload);
  std::optional<Error> reject();

  std::string raw_;  ///< bytes of frames that are not complete
  std::string inbox_;
  std::string reply_;
  NoiseRole role_ = NoiseRole::Initiator;
  std::optional<NoiseHandshake> handshake_;
  std::optional<NoiseCiphers> ciphers_;
};

}  // namespace otatool::esphome
