// The same tests for both engines: each test gets an empty store.
#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "otatool/store/store.hpp"

#include "tests/support/postgresql_cluster.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::store {

enum class Engine { Sqlite, Postgresql };

/// One cluster for all tests of a program.
inline test::PostgresqlCluster& cluster() {
  static test::PostgresqlCluster one;
  return one;
}

class Engines : public ::testing::TestWithParam<Engine> {
 protected:
  Engines() {
    const bool sqlite = GetParam() == Engine::Sqlite;
    static int count = 0;
    database_ = "test" + std::to_string(++count);
    address_.kind = sqlite ? StoreAddress::Kind::Sqlite : StoreAddress::Kind::Postgresql;
    address_.place =
        sqlite ? (folder_ / "store.sqlite3").string() : cluster().make_database(database_);
  }

  [[nodiscard]] std::unique_ptr<Store> open(Access access = Access::Serve) const {
    auto store = open_store(address_, access);
    EXPECT_TRUE(store) << (store ? "" : store.error().message());
    return store ? std::move(*store) : nullptr;
  }

  /// Performs SQL with another program.
  void perform(const std::string& sql) const {
    const auto done =
        GetParam() == Engine::Sqlite
            ? test::run({.program = "/usr/bin/sqlite3", .arguments = {address_.place, sql}})
            : cluster().perform(database_, sql);
    ASSERT_EQ(done.exit_code, 0) << done.error;
  }

  test::TemporaryFolder folder_;
  std::string database_;
  StoreAddress address_;
};

inline std::string engine_name(const ::testing::TestParamInfo<Engine>& engine) {
  return engine.param == Engine::Sqlite ? "Sqlite" : "Postgresql";
}

}  // namespace otatool::store
