#include "otatool/store/store.hpp"

#include <chrono>

#include <gmock/gmock.h>

#include "tests/support/patience.hpp"
#include "tests/unit/store/store_engines.hpp"
#include "tests/unit/store/store_samples.hpp"

namespace otatool::store {
namespace {

using fleet::Changes;
using fleet::Device;
using fleet::History;
using fleet::Mac;
using fleet::Phase;
using fleet::Rollout;
using fleet::Slot;
using fleet::State;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class EnginesStore : public Engines {
 protected:
  /// Appends, and expects no conflict.
  void append(Store& store, const Changes& changes) {
    const auto conflicts = store.append(changes, batch_++);
    ASSERT_TRUE(conflicts) << conflicts.error().message();
    EXPECT_THAT(*conflicts, IsEmpty());
  }
  std::uint64_t batch_ = 0;
};

TEST_P(EnginesStore, KeepsEveryColumnOfADevice) {
  append(*open(), {.devices = {device_with(9), device_with(8)}});
  const auto devices = all_devices(*open());
  ASSERT_EQ(devices.size(), 2U);
  EXPECT_EQ(devices[0].mac, Mac{8});
  const Device expected = device_with(9);
  const Device& device = devices[1];
  EXPECT_EQ(device.mac, expected.mac);
  EXPECT_EQ(device.chip, expected.chip);
  EXPECT_EQ(device.slot, expected.slot);
  EXPECT_EQ(device.state, expected.state);
  EXPECT_EQ(device.state_since, expected.state_since);
  EXPECT_EQ(device.address, expected.address);
  EXPECT_EQ(device.version, expected.version);
  EXPECT_EQ(device.md5, expected.md5);
  EXPECT_EQ(device.offered, expected.offered);
  EXPECT_EQ(device.reason, expected.reason);
  EXPECT_EQ(device.status, expected.status);
  EXPECT_EQ(device.requests, expected.requests);
  EXPECT_EQ(device.downloads, expected.downloads);
  EXPECT_EQ(device.seen, expected.seen);
  EXPECT_EQ(device.waits_rule, expected.waits_rule);
  const auto& progress = device.at(Slot::Sketch);
  ASSERT_TRUE(progress.image);
  EXPECT_EQ(*progress.image, *expected.at(Slot::Sketch).image);
  EXPECT_EQ(progress.downloads, 3U);
  EXPECT_EQ(progress.not_applied, 2U);
  EXPECT_EQ(progress.downloaded, 1'800'000'000);
  EXPECT_EQ(progress.attempt, 1U);
  EXPECT_TRUE(progress.pending);
  EXPECT_FALSE(progress.confirmed);
  EXPECT_FALSE(progress.refused);
  EXPECT_FALSE(device.at(Slot::Filesystem).image);
  // One object for equal images.
  EXPECT_EQ(progress.image, devices[0].at(Slot::Sketch).image);
}

TEST_P(EnginesStore, ReplacesAndRemovesDevices) {
  const auto store = open();
  Device unused = device_with(2);
  append(*store, {.devices = {device_with(1), unused}});
  Device changed = device_with(1);
  changed.state = State::Confirmed;
  changed.at(Slot::Sketch).confirmed = true;
  append(*store, {.devices = {changed}, .removed = {Mac{2}}, .removed_before = unused.seen + 1});
  const auto devices = all_devices(*store);
  ASSERT_EQ(devices.size(), 1U);
  EXPECT_EQ(devices[0].state, State::Confirmed);
  EXPECT_TRUE(devices[0].at(Slot::Sketch).confirmed);
  // Its progress is gone too.
  unused.progress = {};
  append(*store, {.devices = {unused}});
  EXPECT_FALSE(all_devices(*store)[1].at(Slot::Sketch).image);
}

TEST_P(EnginesStore, ADeviceThatWasSeenMeanwhileStays) {
  const auto store = open();
  append(*store, {.devices = {device_with(1)}});
  append(*store, {.removed = {Mac{1}}, .removed_before = device_with(1).seen});
  const auto devices = all_devices(*store);
  ASSERT_EQ(devices.size(), 1U);
  EXPECT_TRUE(devices[0].at(Slot::Sketch).image);
}

TEST_P(EnginesStore, TakesTextsThatAreNotUtf8) {
  Device device = device_with(1);
  device.version = std::string("1\xFF\xC3") + '\0' + "2";
  append(*open(), {.devices = {device}});
  EXPECT_EQ(all_devices(*open())[0].version, "1???2");
}

TEST_P(EnginesStore, KeepsEveryColumnOfARollout) {
  append(*open(), {.rollouts = {rollout_with("2.0.0")}});
  const auto rollouts = open()->rollouts();
  ASSERT_TRUE(rollouts);
  ASSERT_EQ(rollouts->size(), 1U);
  Rollout expected = rollout_with("2.0.0");
  expected.revision = 1;
  expected.stepped = 0;
  EXPECT_EQ(rollouts->front(), expected);
}

TEST_P(EnginesStore, ARolloutThatSomebodyElseChangedIsNotOverwritten) {
  const auto server = open();
  append(*server, {.rollouts = {rollout_with("2.0.0")}});
  const auto person = open_store(address_, Access::Manage);
  ASSERT_TRUE(person) << person.error().message();
  Rollout paused = (*person)->rollouts()->front();
  ASSERT_TRUE(fleet::pause(paused, 5));
  ASSERT_TRUE(*(*person)->change(paused, event_at(3, 0)));
  EXPECT_FALSE(*(*person)->change(paused, event_at(4, 0)));
  EXPECT_EQ((*person)->history_of("sketch.bin", 9)->size(), 1U);
  Rollout late = rollout_with("2.0.0");
  late.revision = 1;
  late.percent = 100;
  const auto conflicts = server->append({.history = {event_at(1)}, .rollouts = {late}}, 10);
  ASSERT_TRUE(conflicts);
  ASSERT_EQ(conflicts->size(), 1U);
  EXPECT_EQ(conflicts->front().phase, Phase::Paused);
  EXPECT_EQ(conflicts->front().revision, 2U);
  EXPECT_EQ(server->rollouts()->front().percent, 1U);
  EXPECT_EQ(server->history_of(Mac{7}, 9)->size(), 1U);
}

TEST_P(EnginesStore, SeesTheChangesOfOthersButNotItsOwn) {
  const auto server = open();
  append(*server, {.rollouts = {rollout_with("2.0.0")}});
  static_cast<void>(server->changed_by_others());
  append(*server, {.rollouts = {rollout_with("3.0.0")}});
  EXPECT_FALSE(*server->changed_by_others());
  const auto person = open_store(address_, Access::Manage);
  ASSERT_TRUE(person);
  ASSERT_TRUE((*person)->append({.rollouts = {rollout_with("4.0.0")}}, 0));
  bool seen = false;
  const auto end = std::chrono::steady_clock::now() + test::kPatience;
  while (!seen && std::chrono::steady_clock::now() < end) {
    seen = *server->changed_by_others();
  }
  EXPECT_TRUE(seen);
}

TEST_P(EnginesStore, ARepeatedBatchIsWrittenOnce) {
  const auto store = open();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(store->append({.history = {event_at(1)}}, 5));
  }
  EXPECT_EQ(store->history_of(Mac{7}, 9)->size(), 1U);
  ASSERT_TRUE(store->append({.history = {event_at(1)}}, 6));
  EXPECT_EQ(store->history_of(Mac{7}, 9)->size(), 2U);
  // Another server has its own count.
  const auto other = GetParam() == Engine::Sqlite ? nullptr : open();
  if (other) {
    ASSERT_TRUE(other->append({.history = {event_at(1)}}, 5));
    EXPECT_EQ(store->history_of(Mac{7}, 9)->size(), 3U);
  }
}

TEST_P(EnginesStore, KeepsHistoryNewestFirst) {
  append(*open(), {.history = {event_at(1), event_at(2), event_at(3), event_at(9, 0)}});
  const auto store = open();
  const auto events = store->history_of(Mac{7}, 2);
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 2U);
  const History& event = events->front();
  EXPECT_EQ(event.time, 3);
  EXPECT_EQ(event.kind, "downloaded");
  EXPECT_EQ(event.from, "1.0.0");
  EXPECT_EQ(event.to, "2.0.0");
  EXPECT_EQ(event.bytes, 123'456'789'012U);
  EXPECT_EQ(event.reason, "why");
  EXPECT_EQ(event.user, "anna");
  EXPECT_EQ(store->history_of("sketch.bin", 9)->size(), 1U);
}

TEST_P(EnginesStore, KeepsOneEventOfAHaltThatTwoServersSaw) {
  const auto server = open();
  append(*server, {.rollouts = {rollout_with("2.0.0")}});
  Rollout halted = server->rollouts()->front();
  halted.phase = Phase::Halted;
  History event = event_at(2, 0);
  event.kind = "halted";
  const Changes changes{.history = {event}, .rollouts = {halted}};
  append(*server, changes);
  const auto conflicts = server->append(changes, batch_++);
  ASSERT_TRUE(conflicts);
  EXPECT_EQ(conflicts->size(), 1U);
  EXPECT_EQ(server->history_of("sketch.bin", 9)->size(), 1U);
}

TEST_P(EnginesStore, PrunesRolloutsThatNoServerServes) {
  const auto store = open();
  Rollout gone = rollout_with("1.0.0");
  gone.active = false;
  append(*store, {.rollouts = {gone, rollout_with("2.0.0")}});
  ASSERT_TRUE(store->prune(gone.changed, 100));
  EXPECT_EQ(store->rollouts()->size(), 2U);
  ASSERT_TRUE(store->prune(gone.changed + 1, 100));
  ASSERT_EQ(store->rollouts()->size(), 1U);
  EXPECT_EQ(store->rollouts()->front().version, "2.0.0");
}

TEST_P(EnginesStore, PrunesHistoryByAgeAndByNumber) {
  const auto store = open();
  Changes changes;
  for (int time = 1; time <= 10; ++time) {
    changes.history.push_back(event_at(time));
  }
  append(*store, changes);
  ASSERT_TRUE(store->prune(4, 100));
  EXPECT_EQ(store->history_of(Mac{7}, 99)->size(), 7U);
  ASSERT_TRUE(store->prune(0, 3));
  const auto rest = store->history_of(Mac{7}, 99);
  ASSERT_EQ(rest->size(), 3U);
  EXPECT_EQ(rest->back().time, 8);
}

TEST_P(EnginesStore, PrunesALongHistoryInPieces) {
  const auto store = open();
  append(*store, {.history = std::vector<History>(7000, event_at(1))});
  EXPECT_TRUE(store->prune(4, 100'000).value());
  EXPECT_FALSE(store->history_of(Mac{7}, 1)->empty());
  EXPECT_FALSE(store->prune(4, 100'000).value());
  EXPECT_TRUE(store->history_of(Mac{7}, 1)->empty());
}

TEST_P(EnginesStore, CountsTheDevicesOfARollout) {
  const auto store = open();
  Rollout rollout = rollout_with("2.0.0");
  Device waiting = device_with(1);
  waiting.waits_rule = "sketch.bin";
  waiting.progress = {};
  Device confirmed = device_with(2);
  confirmed.at(Slot::Sketch).confirmed = true;
  Device begun = device_with(3);
  begun.at(Slot::Sketch).downloads = 0;
  begun.at(Slot::Sketch).not_applied = 0;
  // It failed before the last retry.
  Device old = device_with(4);
  old.at(Slot::Sketch).attempt = 0;
  rollout.attempt = 1;
  append(*store,
         {.devices = {waiting, confirmed, begun, old, device_with(5)}, .rollouts = {rollout}});
  const auto tally = store->tally(rollout);
  ASSERT_TRUE(tally) << tally.error().message();
  EXPECT_EQ(tally->waiting, 1U);
  EXPECT_EQ(tally->offered, 4U);
  EXPECT_EQ(tally->downloaded, 3U);
  EXPECT_EQ(tally->confirmed, 1U);
  EXPECT_EQ(tally->failed, 1U);
  EXPECT_EQ(*store->failed(rollout, 9), std::vector<Mac>{{5}});
}

TEST_P(EnginesStore, RefusesANewerSchemaAndLeavesIt) {
  append(*open(), {.devices = {device_with(1)}});
  perform("UPDATE otatool_schema SET version = 99");
  for (const Access access : {Access::Serve, Access::Manage}) {
    const auto store = open_store(address_, access);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code(), Errc::StoreSchema);
    EXPECT_THAT(store.error().message(), HasSubstr("schema 99"));
  }
  perform("UPDATE otatool_schema SET version = 4");
  EXPECT_EQ(all_devices(*open()).size(), 1U);
}

TEST_P(EnginesStore, BringsTheFirstSchemaUpToDate) {
  Rollout old = rollout_with("2.0.0");
  old.attempt = 2;
  append(*open(), {.devices = {device_with(1)}, .history = {event_at(1)}, .rollouts = {old}});
  perform("ALTER TABLE otatool_rollouts RENAME COLUMN retried TO excused_failed");
  perform(
      "DROP INDEX otatool_devices_revision; ALTER TABLE otatool_devices DROP COLUMN revision; "
      "DROP TABLE otatool_revision; DROP TABLE otatool_servers; DROP TABLE otatool_ticket_keys; "
      "DROP TABLE otatool_tls_sessions; UPDATE otatool_schema SET version = 1");
  // An older server may still use the tables.
  const auto managed = open_store(address_, Access::Manage);
  ASSERT_FALSE(managed);
  EXPECT_THAT(managed.error().message(), HasSubstr("restart the server"));
  const auto store = open();
  ASSERT_TRUE(store);
  EXPECT_EQ(all_devices(*store).size(), 1U);
  EXPECT_EQ(store->rollouts()->front().retried, 2U);
  append(*store, {.devices = {device_with(2)}});
  EXPECT_EQ(all_devices(*store).size(), 2U);
  EXPECT_EQ(store->history_of(Mac{7}, 9)->size(), 1U);
}

TEST_P(EnginesStore, ManageNeedsAStore) {
  const auto none = open_store(address_, Access::Manage);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), Errc::StoreFailed);
}

TEST_P(EnginesStore, AFailedBatchLeavesNothing) {
  const auto store = open();
  perform("ALTER TABLE otatool_history RENAME TO gone");
  EXPECT_FALSE(store->append({.devices = {device_with(1)}, .history = {event_at(1)}}, 0));
  perform("ALTER TABLE gone RENAME TO otatool_history");
  EXPECT_THAT(all_devices(*store), IsEmpty());
  ASSERT_TRUE(store->append({.devices = {device_with(1)}, .history = {event_at(1)}}, 0));
  EXPECT_EQ(all_devices(*store).size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Both,
                         EnginesStore,
                         ::testing::Values(Engine::Sqlite, Engine::Postgresql),
                         engine_name);

}  // namespace
}  // namespace otatool::store
