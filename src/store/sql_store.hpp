// A Store on tables of a SQL database.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "otatool/store/store.hpp"

#include "store/database.hpp"
#include "store/shared_tables.hpp"

namespace otatool::store {

class SqlStore final : public Store {
 public:
  /// `source` is different for each Store.
  SqlStore(std::unique_ptr<Database> database, std::string source);

  [[nodiscard]] Result<void> devices(
      const std::function<void(fleet::Device device)>& take) override;
  [[nodiscard]] Result<std::vector<fleet::Rollout>> rollouts() override;
  [[nodiscard]] Result<std::vector<fleet::Rollout>> append(const fleet::Changes& changes,
                                                           std::uint64_t batch) override;
  [[nodiscard]] Result<bool> change(const fleet::Rollout& rollout,
                                    const fleet::History& event) override;
  [[nodiscard]] Result<fleet::Tally> tally(const fleet::Rollout& rollout) override;
  [[nodiscard]] Result<std::vector<fleet::Mac>> failed(const fleet::Rollout& rollout,
                                                       std::size_t most) override;
  [[nodiscard]] Result<std::vector<fleet::History>> history_of(fleet::Mac mac,
                                                               std::size_t most) override;
  [[nodiscard]] Result<std::vector<fleet::History>> history_of(const std::string& rule,
                                                               std::size_t most) override;
  [[nodiscard]] Result<bool> prune(std::int64_t before, std::size_t most) override;
  [[nodiscard]] Result<bool> changed_by_others() override;
  [[nodiscard]] std::vector<StoreFile> files() const override { return database_->files(); }
  [[nodiscard]] Result<Connection> restore_connection() override;
  [[nodiscard]] SharedStore* shared() override { return shared_.get(); }

 private:
  Result<void> remove_devices(const std::vector<fleet::Mac>& macs, std::int64_t before);
  /// The stored rollout if somebody else has changed it; otherwise empty.
  Result<std::vector<fleet::Rollout>> write_rollout(const fleet::Rollout& rollout);
  Result<std::vector<fleet::History>> events(const char* condition, Value value, std::size_t most);

  std::unique_ptr<Database> database_;
  std::string source_;
  std::unique_ptr<SharedTables> shared_;
};

}  // namespace otatool::store
