// The file of an SQLite store: used by a second server, removed, or no database.
#include <filesystem>
#include <memory>
#include <string>

#include <gmock/gmock.h>

#include "otatool/store/store.hpp"

#include "tests/unit/store/store_engines.hpp"
#include "tests/unit/store/store_samples.hpp"

namespace otatool::store {
namespace {

using ::testing::HasSubstr;

class SqliteFile : public ::testing::Test {
 protected:
  [[nodiscard]] Result<std::unique_ptr<Store>> open(Access access = Access::Serve) const {
    return open_store({.kind = StoreAddress::Kind::Sqlite, .place = path_}, access);
  }
  test::TemporaryFolder folder_;
  std::string path_ = (folder_ / "store.sqlite3").string();
};

TEST_F(SqliteFile, HasOneServerAtATime) {
  auto first = open();
  ASSERT_TRUE(first);
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message(), HasSubstr("in use by another server"));
  EXPECT_TRUE(open(Access::Manage));
  first->reset();
  EXPECT_TRUE(open());
}

TEST_F(SqliteFile, IsMadeAgainAfterItsRemoval) {
  const auto store = open();
  ASSERT_TRUE(store);
  EXPECT_EQ(*(*store)->restore_connection(), Connection::Kept);
  std::filesystem::remove(path_);
  std::filesystem::remove(path_ + "-wal");
  std::filesystem::remove(path_ + "-shm");
  EXPECT_EQ(*(*store)->restore_connection(), Connection::Empty);
  ASSERT_TRUE((*store)->append({.devices = {device_with(1)}}, 3));
  EXPECT_EQ(all_devices(**store).size(), 1U);
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(SqliteFile, ThatIsNoDatabaseIsLeftAlone) {
  folder_.write("store.sqlite3", std::string(5000, 'x'));
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code(), Errc::StoreFailed);
  EXPECT_EQ(folder_.read("store.sqlite3"), std::string(5000, 'x'));
}

}  // namespace
}  // namespace otatool::store
