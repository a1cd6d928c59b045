// Batches of events on their way to a database: in memory, and in a spool if they wait for long.
// Not for several threads at once, but for front().
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "otatool/store/shared_store.hpp"

#include "store/spool.hpp"

namespace otatool::store {

class EventQueue {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// A batch that waits for longer is saved in the spool.
  static constexpr std::chrono::milliseconds kPatience{500};
  /// Events in memory; further batches are in the spool alone.
  static constexpr std::size_t kMostInMemory = 20'000;
  /// Batches that were taken are kept for so long: a standby that is promoted may lack them.
  static constexpr std::chrono::seconds kKept{60};

  EventQueue(std::string source, std::optional<Spool> spool);

  /// False if there is no room; the events are lost.
  [[nodiscard]] bool push(std::vector<fleet::Event> events, Time now);
  /// Saves what has waited for too long. Call it often.
  void save(Time now);
  /// The oldest batch; null if there is none. Batches that the spool cannot read are dropped.
  [[nodiscard]] std::shared_ptr<const EventBatch> front();
  /// How many batches were dropped since the last call.
  [[nodiscard]] std::size_t take_unreadable();
  /// Whether the oldest batch is of this process and was not taken before.
  [[nodiscard]] bool front_is_new() const;
  /// The oldest batch was taken.
  void pop(Time now);
  /// The batches that were taken last must be offered again.
  void repeat();
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  /// Whether everything that waits survives the end of the process.
  [[nodiscard]] bool saved() const;

 private:
  struct Entry {
    std::shared_ptr<const EventBatch> batch;  ///< null: in the spool alone
    std::optional<Spool::Place> place;
    Time since;         ///< of waiting; of having been taken
    bool fresh = true;  ///< of this process, not taken before
  };

  bool save(Entry& entry);
  void clear_if_done();

  std::string source_;
  std::uint64_t next_ = 0;
  std::optional<Spool> spool_;
  std::deque<Entry> waiting_;
  std::deque<Entry> taken_;
  std::size_t in_memory_ = 0;  ///< events of waiting_
  std::size_t kept_ = 0;       ///< events of taken_
  std::size_t unreadable_ = 0;
};

}  // namespace otatool::store
