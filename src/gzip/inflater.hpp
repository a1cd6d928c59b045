// A raw deflate stream, unpacked in small steps. No header, no trailer, no CRC.
#pragma once

#include <array>

#include <zlib.h>

#include "otatool/bytes.hpp"

namespace otatool::gzip {

class Inflater {
 public:
  /// The most that one step unpacks.
  static constexpr std::size_t kStepBytes = 64;

  enum class Step { More, End, OutOfInput, Damaged };

  /// `stream` has to outlive this object and may be followed by other bytes; at most 4 GiB.
  explicit Inflater(Bytes stream);
  ~Inflater() { inflateEnd(&state_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Unpacks a step's worth of bytes, or fewer at the end or before damage.
  Step advance();

  /// The bytes of the last step.
  [[nodiscard]] Bytes produced() const { return Bytes(buffer_).first(produced_); }
  /// Bytes of the stream taken by all steps.
  [[nodiscard]] std::size_t consumed() const { return state_.total_in; }

 private:
  z_stream state_{};
  std::array<std::uint8_t, kStepBytes> buffer_{};
  std::size_t produced_ = 0;
};

}  // namespace otatool::gzip
