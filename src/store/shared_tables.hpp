// A SharedStore on the tables of a PostgreSQL database.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "otatool/store/shared_store.hpp"

#include "store/database.hpp"

namespace otatool::store {

class SharedTables final : public SharedStore {
 public:
  /// `database` must outlive the object.
  SharedTables(Database& database, std::string source)
      : database_(database), source_(std::move(source)) {}

  /// The present revision: changed_devices() begins behind it. Call it before all devices are read.
  Result<void> begin_at_present();
  /// The connection is a new one.
  void on_connected();

  [[nodiscard]] Result<std::vector<fleet::Device>> merge(const EventBatch& batch,
                                                         const fleet::RunsImage& runs) override;
  [[nodiscard]] Result<std::vector<fleet::Device>> changed_devices(std::size_t most) override;
  void reread_devices() override { read_ = {}; }
  [[nodiscard]] Result<bool> lead() override;
  [[nodiscard]] Result<std::vector<std::string>> meet(const ServerSign& sign) override;
  [[nodiscard]] Result<std::vector<SharedKey>> ticket_keys(bool leads) override;
  [[nodiscard]] Result<void> add_sessions(const std::vector<SharedSession>& sessions,
                                          bool leads) override;
  [[nodiscard]] Result<std::vector<SharedSession>> new_sessions(std::size_t most) override;
  [[nodiscard]] Result<std::chrono::milliseconds> clock_difference() override;

 private:
  /// The last device that was read. Revisions rise in the order of commits.
  struct Place {
    std::int64_t revision = -1;
    std::int64_t mac = -1;
  };
  /// Of a merge.
  struct Moment {
    std::int64_t revision = 0;
    std::int64_t time = 0;
  };

  Result<std::vector<fleet::Device>> devices_of(const EventBatch& batch);
  Result<void> write_events(const EventBatch& batch,
                            const fleet::RunsImage& runs,
                            Moment moment,
                            std::vector<fleet::Device>& devices);

  Database& database_;
  std::string source_;
  Place read_;
  std::int64_t session_ = 0;  ///< the last serial that was read
  bool leads_ = false;
};

}  // namespace otatool::store
