#include "otatool/store/store_writer.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>

#include "otatool/unix_time.hpp"

#include "tests/support/patience.hpp"
#include "tests/unit/store/store_engines.hpp"

namespace otatool::store {
namespace {

using ::testing::IsEmpty;

/// A store whose writing the test lets fail or wait.
class ScriptedStore final : public Store {
 public:
  struct Script {
    std::mutex mutex;
    std::condition_variable changed;
    bool fails = false;
    bool waits = false;
    std::size_t pruned = 0;
    std::vector<std::pair<std::uint64_t, std::size_t>> written;  ///< batch and its devices
  };
  explicit ScriptedStore(std::shared_ptr<Script> script) : script_(std::move(script)) {}

  Result<void> devices(const std::function<void(fleet::Device)>& /*take*/) override { return {}; }
  Result<std::vector<fleet::Rollout>> rollouts() override { return std::vector<fleet::Rollout>(); }
  Result<std::vector<fleet::Rollout>> append(const fleet::Changes& changes,
                                             std::uint64_t batch) override {
    std::unique_lock lock(script_->mutex);
    script_->changed.wait(lock, [this] { return !script_->waits; });
    if (script_->fails) {
      return fail(Errc::StoreFailed, "disk full");
    }
    script_->written.emplace_back(batch, changes.devices.size());
    script_->changed.notify_all();
    return std::vector<fleet::Rollout>();
  }
  Result<bool> change(const fleet::Rollout& /*rollout*/, const fleet::History& /*event*/) override {
    return true;
  }
  Result<fleet::Tally> tally(const fleet::Rollout& /*rollout*/) override { return fleet::Tally(); }
  Result<std::vector<fleet::Mac>> failed(const fleet::Rollout& /*rollout*/,
                                         std::size_t /*most*/) override {
    return std::vector<fleet::Mac>();
  }
  Result<std::vector<fleet::History>> history_of(fleet::Mac /*mac*/,
                                                 std::size_t /*most*/) override {
    return std::vector<fleet::History>();
  }
  Result<std::vector<fleet::History>> history_of(const std::string& /*rule*/,
                                                 std::size_t /*most*/) override {
    return std::vector<fleet::History>();
  }
  Result<bool> prune(std::int64_t /*before*/, std::size_t /*most*/) override {
    const std::scoped_lock lock(script_->mutex);
    ++script_->pruned;
    return false;
  }
  Result<bool> changed_by_others() override { return false; }
  Result<Connection> restore_connection() override { return Connection::Kept; }

 private:
  std::shared_ptr<Script> script_;
};

class WriterThread : public ::testing::Test {
 protected:
  void set(bool fails, bool waits) {
    const std::scoped_lock lock(script_->mutex);
    script_->fails = fails;
    script_->waits = waits;
    script_->changed.notify_all();
  }
  /// Polls like a server does, until `done` or patience ends.
  template <typename Done>
  [[nodiscard]] static bool poll_until(Done done) {
    const auto end = std::chrono::steady_clock::now() + test::kPatience;
    while (std::chrono::steady_clock::now() < end) {
      if (done()) {
        return true;
      }
      std::this_thread::yield();
    }
    return false;
  }
  std::shared_ptr<ScriptedStore::Script> script_ = std::make_shared<ScriptedStore::Script>();
  StoreWriter writer_{std::make_unique<ScriptedStore>(script_), {}};
};

TEST_F(WriterThread, WritesBatchesInOrder) {
  for (std::size_t size = 1; size <= 3; ++size) {
    ASSERT_TRUE(poll_until([this] { return writer_.ready(); }));
    writer_.write({.devices = std::vector<fleet::Device>(size)});
  }
  EXPECT_TRUE(writer_.finish(test::kPatience));
  using Written = std::pair<std::uint64_t, std::size_t>;
  EXPECT_THAT(script_->written,
              ::testing::ElementsAre(Written(0, 1), Written(1, 2), Written(2, 3)));
}

TEST_F(WriterThread, HasNoRoomWhileABatchWaits) {
  set(false, true);
  writer_.write({.devices = std::vector<fleet::Device>(1)});
  EXPECT_FALSE(writer_.ready());
  set(false, false);
  EXPECT_TRUE(poll_until([this] { return writer_.ready(); }));
}

TEST_F(WriterThread, RepeatsABatchAndTellsOnceThatItFailsAndThatItWorksAgain) {
  set(true, false);
  writer_.write({.devices = std::vector<fleet::Device>(1)});
  std::vector<std::string> problems;
  const auto told = [&](std::size_t count) {
    return poll_until([&] {
      if (auto news = writer_.take_news(); news.problem) {
        problems.push_back(*news.problem);
      }
      return problems.size() == count;
    });
  };
  ASSERT_TRUE(told(1));
  set(false, false);
  ASSERT_TRUE(told(2));
  EXPECT_THAT(problems, ::testing::ElementsAre("disk full", ""));
  EXPECT_TRUE(writer_.ready());
  EXPECT_EQ(script_->written.size(), 1U);
}

TEST_F(WriterThread, PrunesAtTheBeginningAndAfterManyEvents) {
  const auto pruned = [this] {
    const std::scoped_lock lock(script_->mutex);
    return script_->pruned;
  };
  ASSERT_TRUE(poll_until([&] { return pruned() == 1; }));
  for (std::size_t count = 0; count < 50'000; count += 20'000) {
    ASSERT_TRUE(poll_until([this] { return writer_.ready(); }));
    EXPECT_EQ(pruned(), 1U);
    writer_.write({.history = std::vector<fleet::History>(20'000)});
  }
  EXPECT_TRUE(poll_until([&] { return pruned() == 2; }));
}

TEST_F(WriterThread, AStoreThatHangsDoesNotDelayTheEnd) {
  set(false, true);
  writer_.write({.devices = std::vector<fleet::Device>(1)});
  EXPECT_FALSE(writer_.finish(std::chrono::milliseconds(1)));
  set(false, false);
}

class EnginesWriter : public Engines {};

TEST_P(EnginesWriter, DeliversWhatOthersChange) {
  fleet::StagePlan plan;
  plan.stages = {1, 100};
  StoreWriter writer(open(), {});
  writer.write({.rollouts = {fleet::start("sketch.bin", "2.0.0", plan, 1)}});
  const auto await = [&writer](auto done) {
    const auto end = std::chrono::steady_clock::now() + test::kPatience;
    while (std::chrono::steady_clock::now() < end) {
      if (done(writer.take_news())) {
        return true;
      }
      std::this_thread::yield();
    }
    return false;
  };
  ASSERT_TRUE(await([&writer](const StoreNews&) { return writer.ready(); }));
  const auto person = open(Access::Manage);
  fleet::Rollout rollout = person->rollouts()->front();
  ASSERT_TRUE(fleet::pause(rollout, 2));
  ASSERT_TRUE(*person->change(rollout, {.time = 2, .kind = "pause"}));
  EXPECT_TRUE(await([](const StoreNews& news) {
    return !news.rollouts.empty() && news.rollouts.front().phase == fleet::Phase::Paused;
  }));
  EXPECT_TRUE(writer.finish(test::kPatience));
}

INSTANTIATE_TEST_SUITE_P(Both,
                         EnginesWriter,
                         ::testing::Values(Engine::Sqlite, Engine::Postgresql),
                         engine_name);

class PostgresqlServer : public ::testing::Test {};

TEST_F(PostgresqlServer, MayBeStoppedAndStarted) {
  const StoreAddress address{.kind = StoreAddress::Kind::Postgresql,
                             .place = cluster().make_database("restarted")};
  auto store = open_store(address, Access::Serve);
  ASSERT_TRUE(store);
  StoreWriter writer(std::move(*store), {});
  const auto await_problem = [&writer] {
    const auto end = std::chrono::steady_clock::now() + test::kPatience;
    while (std::chrono::steady_clock::now() < end) {
      if (auto news = writer.take_news(); news.problem) {
        return *news.problem;
      }
      std::this_thread::yield();
    }
    return std::string("no news");
  };
  cluster().stop();
  writer.write({.history = {{.time = unix_time(), .mac = {7}, .kind = "offered"}}});
  EXPECT_THAT(await_problem(), ::testing::HasSubstr("PostgreSQL"));
  EXPECT_FALSE(writer.ready());
  cluster().start();
  EXPECT_EQ(await_problem(), "");
  EXPECT_TRUE(writer.finish(test::kPatience));
  const auto reader = open_store(address, Access::Manage);
  ASSERT_TRUE(reader);
  const auto history = (*reader)->history_of(fleet::Mac{7}, 9);
  ASSERT_TRUE(history) << history.error().message();
  EXPECT_EQ(history->size(), 1U);
}

}  // namespace
}  // namespace otatool::store
