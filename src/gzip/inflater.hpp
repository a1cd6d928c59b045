// A raw deflate stream, unpacked in small steps. No header, no trailer, no CRC.
#pragma once

#include <array>

#include <zlib.h>

#include "otatool/bytes.hpp"

namespace otatool::gzip {

class Inflater {
 public:
  /// The largest result of one step, in bytes.
  static constexpr std::size_t kStepBytes = 64;

  enum class Step { More, End, OutOfInput, Damaged };

  /// `stream` must outlive this object and have at most 4 GiB; other bytes may follow it.
  explicit Inflater(Bytes stream);
  ~Inflater() { inflateEnd(&state_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Unpacks up to one step; fewer bytes at the end or before damage.
  Step advance();

  /// The bytes that the last step unpacked.
  [[nodiscard]] Bytes produced() const { return Bytes(buffer_).first(produced_); }
  /// Bytes of the stream that all steps consumed.
  [[nodiscard]] std::size_t consumed() const { return state_.total_in; }

 private:
  z_stream state_{};
  std::array<std::uint8_t, kStepBytes> buffer_{};
  std::size_t produced_ = 0;
};

}  // namespace otatool::gzip
