// The TCP half of an attempt: from the device's connection to its verdict.
// Part of Session; no sockets, no clock.
#pragma once

#include <cstddef>

#include "otatool/espota/session.hpp"
#include "otatool/wire/ack_scanner.hpp"

namespace otatool::espota {

class Transfer {
 public:
  /// `chunk_size`: image bytes per write.
  Transfer(const Plan& plan, std::size_t chunk_size) : plan_(plan), chunk_size_(chunk_size) {}

  [[nodiscard]] Action begin(Millis now);
  [[nodiscard]] Action next(const Event& event, Millis now);
  [[nodiscard]] bool all_sent() const { return sent_ == plan_.image_size; }
  [[nodiscard]] Millis deadline() const { return deadline_; }
  [[nodiscard]] std::size_t delivered() const { return sent_ - queued_; }

 private:
  Action on_chunk_sent(const ChunkSent& chunk, Millis now);
  Action on_bytes(const BytesReceived& reply, Millis now);
  Action on_timeout();
  Action on_closed(bool reset);
  Action send_or_wait(Millis now);
  Action verdict();
  Action lost_verdict(const char* how) const;
  void note_queued(std::size_t queued);
  [[nodiscard]] bool must_wait_for_reply() const;
  [[nodiscard]] std::string position() const;

  const Plan& plan_;
  std::size_t chunk_size_;
  wire::AckScanner scanner_;
  std::size_t sent_ = 0;
  std::size_t pending_ = 0;  ///< size of the chunk that is being written
  std::size_t queued_ = 0;
  std::size_t unanswered_ = 0;
  Millis deadline_{0};
};

}  // namespace otatool::espota
