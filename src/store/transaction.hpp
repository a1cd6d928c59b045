// A transaction that is undone unless it is committed.
#pragma once

#include "store/database.hpp"

namespace otatool::store {

class Transaction {
 public:
  [[nodiscard]] static Result<Transaction> begin(Database& database) {
    TRY_VOID(database.begin());
    return Transaction(database);
  }
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&& other) noexcept {
    std::swap(database_, other.database_);
    return *this;
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (database_ != nullptr) {
      // After a lost connection there is nothing to undo, and the error was already reported.
      static_cast<void>(database_->run("ROLLBACK"));
    }
  }

  Result<void> commit() {
    TRY_VOID(database_->run("COMMIT"));
    database_ = nullptr;
    return {};
  }

 private:
  explicit Transaction(Database& database) : database_(&database) {}

  Database* database_;
};

}  // namespace otatool::store
