#include "otatool/store/shared_store.hpp"

#include <fmt/format.h>
#include <future>

#include <gmock/gmock.h>

#include "otatool/unix_time.hpp"

#include "store/database.hpp"
#include "tests/support/patience.hpp"
#include "tests/unit/store/store_engines.hpp"

namespace otatool::store {
namespace {

using fleet::Event;
using fleet::Mac;
using fleet::Runs;
using fleet::Slot;
using fleet::State;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Runs runs_image(Slot /*slot*/,
                const std::string& version,
                const std::string& /*md5*/,
                const fleet::Image& image) {
  return version == image.version ? Runs::Yes : Runs::No;
}

Event event_of(std::uint64_t mac, Event::Kind kind, std::int64_t time) {
  Event event;
  event.kind = kind;
  event.time = time;
  event.mac = {mac};
  event.version = kind == Event::Kind::UpToDate ? "2.0.0" : "1.0.0";
  event.image = std::make_shared<const fleet::Image>(
      fleet::Image{.rule = "sketch.bin", .version = "2.0.0", .sha256 = "aa", .md5 = {}});
  return event;
}

class SharedDatabase : public ::testing::Test {
 protected:
  SharedDatabase() {
    static int count = 0;
    database_ = "shared" + std::to_string(++count);
    address_ = {.kind = StoreAddress::Kind::Postgresql,
                .place = cluster().make_database(database_)};
  }
  [[nodiscard]] std::unique_ptr<Store> open() const {
    auto store = open_store(address_, Access::Serve);
    EXPECT_TRUE(store) << (store ? "" : store.error().message());
    return std::move(*store);
  }
  static std::vector<fleet::Device> merge(Store& store, const EventBatch& batch) {
    auto devices = store.shared()->merge(batch, runs_image);
    EXPECT_TRUE(devices) << (devices ? "" : devices.error().message());
    return devices ? std::move(*devices) : std::vector<fleet::Device>();
  }
  static std::vector<Mac> changed(Store& store, std::size_t most = 100) {
    std::vector<Mac> macs;
    const auto devices = store.shared()->changed_devices(most);
    EXPECT_TRUE(devices) << (devices ? "" : devices.error().message());
    for (const fleet::Device& device : *devices) {
      macs.push_back(device.mac);
    }
    return macs;
  }
  std::string database_;
  StoreAddress address_;
};

TEST_F(SharedDatabase, MergesWhatTwoServersSaw) {
  const auto a = open();
  const auto b = open();
  merge(*a, {"a", 0, {event_of(7, Event::Kind::Offered, 100)}});
  merge(*b, {"b", 0, {event_of(7, Event::Kind::Other, 101), event_of(8, Event::Kind::Other, 101)}});
  merge(*a, {"a", 1, {event_of(7, Event::Kind::Downloaded, 102)}});
  const auto devices = merge(*b, {"b", 1, {event_of(7, Event::Kind::UpToDate, 110)}});
  ASSERT_EQ(devices.size(), 1U);
  EXPECT_EQ(devices[0].state, State::Confirmed);
  EXPECT_EQ(devices[0].requests, 3U);
  const auto history = a->history_of(Mac{7}, 9);
  ASSERT_TRUE(history);
  std::vector<std::string> kinds;
  for (const auto& event : *history) {
    kinds.push_back(event.kind);
  }
  EXPECT_THAT(kinds, ElementsAre("confirmed", "downloaded", "offered"));
}

TEST_F(SharedDatabase, ADatabaseWhoseClockWasSetBackFreezesNoState) {
  const auto a = open();
  merge(*a, {"a", 0, {event_of(7, Event::Kind::Offered, 100)}});
  merge(*a, {"a", 1, {event_of(7, Event::Kind::Downloaded, 101)}});
  cluster().perform(database_,
                    fmt::format("UPDATE otatool_devices SET seen = {}", unix_time() + 3600));
  const auto devices = merge(*a, {"a", 2, {event_of(7, Event::Kind::UpToDate, 110)}});
  ASSERT_EQ(devices.size(), 1U);
  EXPECT_EQ(devices[0].state, State::Confirmed);
}

TEST_F(SharedDatabase, ARepeatedBatchChangesNothing) {
  const auto a = open();
  const EventBatch batch{"a", 0, {event_of(7, Event::Kind::Offered, 100)}};
  merge(*a, batch);
  const auto again = merge(*open(), batch);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].state, State::Offered);
  EXPECT_EQ(a->history_of(Mac{7}, 9)->size(), 1U);
}

TEST_F(SharedDatabase, ABatchThatALostConnectionStillCommitsIsNotMergedTwice) {
  const auto a = open();
  const auto lost = open_postgresql(address_.place, Access::Manage);
  ASSERT_TRUE(lost);
  ASSERT_TRUE((*lost)->begin());
  ASSERT_TRUE((*lost)->run("INSERT INTO otatool_sources (source, batch, time) VALUES ('a', 5, 1)"));
  auto again = std::async(std::launch::async, [&] {
    return merge(*a, {"a", 5, {event_of(7, Event::Kind::Offered, 100)}});
  });
  const auto waiting = [this] {
    return cluster().perform(database_, "SELECT count(*) FROM pg_locks WHERE NOT granted").output;
  };
  const auto end = std::chrono::steady_clock::now() + test::kPatience;
  while (waiting() == "0\n" && std::chrono::steady_clock::now() < end) {
  }
  ASSERT_TRUE((*lost)->run("COMMIT"));
  EXPECT_THAT(again.get(), IsEmpty());
}

TEST_F(SharedDatabase, EachServerReadsWhatOthersChangedOnce) {
  const auto a = open();
  merge(*a, {"a", 0, {event_of(1, Event::Kind::Offered, 100)}});
  const auto b = open();
  ASSERT_TRUE(b->devices([](const fleet::Device& /*device*/) {}));
  EXPECT_THAT(changed(*b), IsEmpty());
  merge(*a,
        {"a", 1, {event_of(3, Event::Kind::Offered, 100), event_of(2, Event::Kind::Offered, 100)}});
  merge(*a, {"a", 2, {event_of(1, Event::Kind::Downloaded, 101)}});
  EXPECT_THAT(changed(*b, 2), ElementsAre(Mac{2}, Mac{3}));
  EXPECT_THAT(changed(*b, 2), ElementsAre(Mac{1}));
  EXPECT_THAT(changed(*b, 2), IsEmpty());
  // Its own changes it knows.
  merge(*b, {"b", 0, {event_of(9, Event::Kind::Offered, 100)}});
  EXPECT_THAT(changed(*b), IsEmpty());
  b->shared()->reread_devices();
  EXPECT_EQ(changed(*b).size(), 4U);
}

TEST_F(SharedDatabase, OneServerLeadsUntilItIsGone) {
  auto a = open();
  const auto b = open();
  EXPECT_TRUE(*a->shared()->lead());
  EXPECT_TRUE(*a->shared()->lead());
  EXPECT_FALSE(*b->shared()->lead());
  a.reset();
  bool leads = false;
  const auto end = std::chrono::steady_clock::now() + test::kPatience;
  while (!leads && std::chrono::steady_clock::now() < end) {
    leads = *b->shared()->lead();
  }
  EXPECT_TRUE(leads);
}

TEST_F(SharedDatabase, ServersThatServeSomethingElseAreNamed) {
  const auto a = open();
  const auto b = open();
  EXPECT_THAT(*a->shared()->meet({"alpha", "1"}), IsEmpty());
  EXPECT_THAT(*b->shared()->meet({"beta", "2"}), ElementsAre("alpha"));
  EXPECT_THAT(*a->shared()->meet({"alpha", "1"}), ElementsAre("beta"));
  // A computer with two servers.
  EXPECT_THAT(*open()->shared()->meet({"alpha", "1"}), ElementsAre("beta"));
  EXPECT_THAT(*b->shared()->meet({"beta", "2"}), ElementsAre("alpha"));
  EXPECT_THAT(*b->shared()->meet({"beta", "1"}), IsEmpty());
  EXPECT_THAT(*a->shared()->meet({"alpha", "1"}), IsEmpty());
}

TEST_F(SharedDatabase, OnlyAServerIsNotified) {
  for (const Access access : {Access::Serve, Access::Manage}) {
    const auto database = open_postgresql(address_.place, access);
    ASSERT_TRUE(database);
    std::int64_t channels = -1;
    ASSERT_TRUE((*database)->run("SELECT count(*) FROM pg_listening_channels()",
                                 {},
                                 [&channels](const Row& row) { channels = row.number(0); }));
    EXPECT_EQ(channels, access == Access::Serve ? 1 : 0);
  }
}

TEST_F(SharedDatabase, TellsItsTime) {
  const auto store = open();
  const auto before = unix_time();
  const auto time = time_of(*store);
  ASSERT_TRUE(time) << time.error().message();
  EXPECT_GE(*time, before - 1);
  EXPECT_LE(*time, unix_time() + 1);
}

TEST_F(SharedDatabase, ATransactionThatIsCutLeavesNothing) {
  const auto a = open();
  const EventBatch batch{"a", 0, {event_of(7, Event::Kind::Offered, 100)}};
  ASSERT_EQ(cluster()
                .perform(database_,
                         "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                         "PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$; "
                         "CREATE TRIGGER cut BEFORE INSERT ON otatool_history FOR EACH ROW "
                         "EXECUTE FUNCTION cut()")
                .exit_code,
            0);
  EXPECT_FALSE(a->shared()->merge(batch, runs_image));
  ASSERT_EQ(cluster().perform(database_, "DROP TRIGGER cut ON otatool_history").exit_code, 0);
  EXPECT_EQ(cluster().perform(database_, "SELECT count(*) FROM otatool_devices").output, "0\n");
  ASSERT_EQ(*a->restore_connection(), Connection::Renewed);
  EXPECT_EQ(merge(*a, batch).size(), 1U);
  EXPECT_EQ(a->history_of(Mac{7}, 9)->size(), 1U);
}

TEST_F(SharedDatabase, ASqliteFileIsNotShared) {
  const test::TemporaryFolder folder;
  const auto store =
      open_store({.kind = StoreAddress::Kind::Sqlite, .place = (folder / "a.sqlite3").string()},
                 Access::Serve);
  ASSERT_TRUE(store);
  EXPECT_EQ((*store)->shared(), nullptr);
}

}  // namespace
}  // namespace otatool::store
