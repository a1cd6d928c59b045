// What several servers on one PostgreSQL database need besides a Store: they merge their events,
// one of them leads, and each learns what the others wrote. Errors are those of Store.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "otatool/fleet/merge.hpp"
#include "otatool/result.hpp"
#include "otatool/secret.hpp"
#include "otatool/store/store.hpp"

namespace otatool::store {

/// Events in the order in which one process saw them.
struct EventBatch {
  std::string source;        ///< names the process
  std::uint64_t number = 0;  ///< rises with each batch of the source
  std::vector<fleet::Event> events;
};

/// A server as the others see it.
struct ServerSign {
  std::string name;       ///< of its computer
  std::string catalogue;  ///< a hash of what it serves
};

/// A key of TLS tickets.
struct SharedKey {
  std::string name;  ///< 16 bytes
  Secret secret;     ///< 64 bytes
};

/// A TLS session.
struct SharedSession {
  std::string id;
  Secret content;
};

class SharedStore {
 public:
  virtual ~SharedStore() = default;

  /// Merges the events with the devices as stored and appends the history, in one transaction; one
  /// server at a time. A batch that is written already changes nothing. Returns its devices as they
  /// are stored afterwards.
  [[nodiscard]] virtual Result<std::vector<fleet::Device>> merge(const EventBatch& batch,
                                                                 const fleet::RunsImage& runs) = 0;
  /// At most `most` of the devices that merge() of others changed since they were read last. Some
  /// may be the own ones.
  [[nodiscard]] virtual Result<std::vector<fleet::Device>> changed_devices(std::size_t most) = 0;
  /// Lets changed_devices() begin with the first device again.
  virtual void reread_devices() = 0;

  /// Whether this server leads; it tries to if nobody does. A lost connection ends it.
  [[nodiscard]] virtual Result<bool> lead() = 0;
  /// Tells that this server lives. Returns the names of the others that live and serve something
  /// else.
  [[nodiscard]] virtual Result<std::vector<std::string>> meet(const ServerSign& sign) = 0;
  /// The last two keys, the newest first. `leads`: makes a key if the newest is an hour old.
  [[nodiscard]] virtual Result<std::vector<SharedKey>> ticket_keys(bool leads) = 0;
  /// Adds sessions for the other servers; the store keeps the last kMostSessions. `leads`: deletes
  /// older ones.
  static constexpr std::int64_t kMostSessions = 10'000;
  [[nodiscard]] virtual Result<void> add_sessions(const std::vector<SharedSession>& sessions,
                                                  bool leads) = 0;
  /// At most `most` sessions that others added since the last call.
  [[nodiscard]] virtual Result<std::vector<SharedSession>> new_sessions(std::size_t most) = 0;

  /// Milliseconds from the time of this computer's steady clock to that of the database's clock,
  /// which counts from 1970. Nobody sets the steady clock, so the difference stays.
  [[nodiscard]] virtual Result<std::chrono::milliseconds> clock_difference() = 0;
};

/// Seconds since 1970 by the clock of a database that several servers share; otherwise by that of
/// this computer.
[[nodiscard]] Result<std::int64_t> time_of(Store& store);

}  // namespace otatool::store
