// Writes changes to a store in a thread of its own, one batch at a time, and learns what others
// change. The server's thread never waits for it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "otatool/store/shared_store.hpp"
#include "otatool/store/store.hpp"

namespace otatool::store {

/// Options of a writer; the last ones are for a store that several servers share.
struct WriterOptions {
  std::int64_t keep_seconds = std::int64_t{90} * 86400;  ///< age of the oldest event
  std::size_t most_history = 1'000'000;                  ///< events
  fleet::RunsImage runs;
  std::string spool;  ///< path without the end `-1.spool`; empty: no spool
  ServerSign sign;
  bool tls = false;  ///< keys of tickets and sessions are wanted
};

/// A device as merged, and how many of this server's events were merged with it.
struct MergedDevice {
  fleet::Device device;
  std::uint32_t events = 0;
};

/// What happened on a shared store.
struct SharedNews {
  std::vector<MergedDevice> devices;
  /// Set often. Adopt devices and rollouts before it is used.
  std::optional<fleet::Authority> authority;
  /// SharedStore::clock_difference().
  std::optional<std::chrono::milliseconds> clock_difference;
  std::optional<std::vector<SharedKey>> ticket_keys;  ///< if they changed
  std::vector<SharedSession> sessions;                ///< of other servers
  std::size_t unreadable = 0;  ///< batches of events in the spool that were damaged, and are lost
  /// If it changed: names of servers that serve something else.
  std::optional<std::vector<std::string>> others;
};

/// What happened since the last call of StoreWriter::take_news().
struct StoreNews {
  /// All rollouts as stored, if others may have changed some.
  std::vector<fleet::Rollout> rollouts;
  /// Of a shared store: rollouts of a batch as they are stored now.
  std::vector<fleet::Rollout> written;
  /// Rollouts that others had changed before a batch was written; the batch's are lost.
  std::vector<fleet::Rollout> conflicts;
  std::optional<std::string>
      problem;               ///< set once when writing begins to fail; empty: it works again
  bool unreachable = false;  ///< with `problem`: there is no connection
  bool renewed = false;      ///< the store is new and empty
  bool reconnected = false;  ///< `rollouts` holds the truth, also if their revisions are lower
  SharedNews shared;
};

class StoreWriter {
 public:
  /// Starts the thread.
  /// Opens the spool of a shared store; if that fails, events wait in memory alone.
  StoreWriter(std::unique_ptr<Store> store, const WriterOptions& options);
  StoreWriter(const StoreWriter&) = delete;
  StoreWriter& operator=(const StoreWriter&) = delete;
  ~StoreWriter();

  /// Whether write() has room for a batch. Call both from one thread.
  [[nodiscard]] bool ready() const;
  /// Waits for that, for the end of a server. False after `time`.
  [[nodiscard]] bool wait_until_ready(std::chrono::milliseconds time);
  /// Queues a batch; does not wait.
  void write(fleet::Changes changes);
  [[nodiscard]] StoreNews take_news();

  /// For a shared store: queues events. False if there is no room in memory and spool.
  [[nodiscard]] bool share(std::vector<fleet::Event> events);
  /// Saves events that the store has not taken for a while. Several times a second.
  void save_events();
  /// Gives TLS sessions to the other servers. Those that do not fit are left out.
  void share(std::vector<SharedSession> sessions);
  /// Tells the other servers what this one serves.
  void set_catalogue(std::string catalogue);
  /// Why there is no spool; empty if there is one, or none is wanted.
  [[nodiscard]] const std::string& spool_problem() const { return spool_problem_; }
  /// Writes what waits, and ends the thread. False if that was not possible within `time` and the
  /// rest is not in the spool; the thread ends nevertheless when its present statement does.
  bool finish(std::chrono::milliseconds time);

 private:
  class State;
  std::string spool_problem_;
  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace otatool::store
