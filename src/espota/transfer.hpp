// The TCP half of an attempt: from the device's connection to its verdict.
// Part of Session; no sockets, no clock.
#pragma once

#include <cstddef>

#include "otatool/espota/session.hpp"
#include "otatool/wire/ack_scanner.hpp"

namespace otatool::espota {

class Transfer {
 public:
  /// `chunk_size`: image bytes per write. `kept`: first bytes that the device already has.
  Transfer(const Plan& plan, std::size_t chunk_size, std::size_t kept)
      : plan_(plan), chunk_size_(chunk_size), kept_(kept), sent_(kept), progress_(kept) {}

  [[nodiscard]] Action begin(Millis now);
  [[nodiscard]] Action next(const Event& event, Millis now);
  [[nodiscard]] bool all_sent() const { return sent_ == plan_.image_size; }
  [[nodiscard]] Millis deadline() const { return deadline_; }
  [[nodiscard]] std::size_t delivered() const { return sent_ - queued_; }
  [[nodiscard]] std::size_t kept() const { return kept_; }

 private:
  Action on_chunk_sent(const ChunkSent& chunk, Millis now);
  Action on_bytes(const BytesReceived& reply, Millis now);
  Action on_timeout();
  Action on_closed(bool reset);
  Action send_or_wait(Millis now);
  Action verdict();
  Action lost_verdict(const char* how) const;
  void note_queued(std::size_t queued, Millis now);
  [[nodiscard]] bool must_wait_for_reply() const;
  [[nodiscard]] std::string position() const;
  [[nodiscard]] std::string last_reply() const;

  const Plan& plan_;
  std::size_t chunk_size_;
  std::size_t kept_;
  wire::AckScanner scanner_;
  std::size_t sent_;
  std::size_t pending_ = 0;  ///< size of the chunk that is being written
  std::size_t queued_ = 0;
  std::size_t unanswered_ = 0;
  std::size_t reply_bytes_ = 0;
  std::size_t replied_at_ = 0;  ///< bytes delivered at the last reply
  std::size_t progress_;        ///< most bytes delivered so far
  Millis progressed_at_{0};     ///< of the connection, of the last chunk and of progress
  Millis deadline_{0};
};

}  // namespace otatool::espota
