// Where an update server keeps its devices, rollouts and history (fleet.md 2): a SQLite file or a
// PostgreSQL database. Errors: StoreFailed; NetworkFailed without a connection to PostgreSQL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/fleet/fleet.hpp"
#include "otatool/result.hpp"

namespace otatool::store {

/// `none`, `sqlite:FILE`, or a connection URI of libpq (`postgresql://...`).
struct StoreAddress {
  enum class Kind { None, Sqlite, Postgresql };
  Kind kind = Kind::None;
  std::string place;  ///< path of the file, or the URI, which may hold a password
};
/// Usage for anything else; the message never quotes a URI.
[[nodiscard]] Result<StoreAddress> parse_store_address(std::string_view text);

enum class Connection {
  Kept,
  Renewed,  ///< it was lost
  Empty     ///< the store is a new, empty one
};

struct StoreFile {
  std::string path;
  bool secret = false;  ///< a key or passwords
};

class SharedStore;

/// One store. Not for several threads at once.
class Store {
 public:
  virtual ~Store() = default;

  /// Calls `take` for each device.
  [[nodiscard]] virtual Result<void> devices(
      const std::function<void(fleet::Device device)>& take) = 0;
  [[nodiscard]] virtual Result<std::vector<fleet::Rollout>> rollouts() = 0;

  /// Writes everything in one transaction. `batch` rises with each call of this Store; a call that
  /// is repeated after an error writes nothing twice. Returns the rollouts that somebody else
  /// changed meanwhile, as they are stored; these are not written.
  [[nodiscard]] virtual Result<std::vector<fleet::Rollout>> append(const fleet::Changes& changes,
                                                                   std::uint64_t batch) = 0;

  /// Writes a rollout that a person changed, and the event. False, and nothing is written, if
  /// somebody else has changed it since it was read.
  [[nodiscard]] virtual Result<bool> change(const fleet::Rollout& rollout,
                                            const fleet::History& event) = 0;
  /// `waiting` counts the devices that wait for the rollout's rule.
  [[nodiscard]] virtual Result<fleet::Tally> tally(const fleet::Rollout& rollout) = 0;
  /// The failed devices of a rollout in the order of addresses.
  [[nodiscard]] virtual Result<std::vector<fleet::Mac>> failed(const fleet::Rollout& rollout,
                                                               std::size_t most) = 0;
  /// The last events of a device, or of a rollout's rule, newest first.
  [[nodiscard]] virtual Result<std::vector<fleet::History>> history_of(fleet::Mac mac,
                                                                       std::size_t most) = 0;
  [[nodiscard]] virtual Result<std::vector<fleet::History>> history_of(const std::string& rule,
                                                                       std::size_t most) = 0;

  /// Deletes events before `before` (seconds since 1970), and the oldest above `most`; and rollouts
  /// that no manifest has had since.
  /// Stops after some thousand, so that other work can be done in between: true if there may be
  /// more.
  [[nodiscard]] virtual Result<bool> prune(std::int64_t before, std::size_t most) = 0;

  /// Whether somebody else may have changed rollouts since the last call. Does not wait.
  [[nodiscard]] virtual Result<bool> changed_by_others() = 0;

  /// Files that a new connection reads, such as certificates.
  [[nodiscard]] virtual std::vector<StoreFile> files() const { return {}; }
  /// Connects again if the connection is lost, and makes the file again if it was removed.
  [[nodiscard]] virtual Result<Connection> restore_connection() = 0;

  /// Null for a store that only one server uses.
  [[nodiscard]] virtual SharedStore* shared() { return nullptr; }
};

enum class Access {
  Serve,  ///< creates the store; the only server of a SQLite file
  Manage  ///< the store must exist
};

/// Opens a store of the kinds Sqlite and Postgresql. Access::Serve brings an older schema up to
/// date. StoreFailed for a newer one, and with Access::Manage for an older one.
[[nodiscard]] Result<std::unique_ptr<Store>> open_store(const StoreAddress& address, Access access);

}  // namespace otatool::store
