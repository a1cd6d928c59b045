// 10,000 devices, an update server that restarts, and a clock that jumps.
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "otatool/fleet/fleet.hpp"

namespace otatool::fleet {
namespace {

using Kind = Event::Kind;

constexpr std::size_t kDevices = 10'000;
constexpr std::size_t kAsksInRound = 60;
constexpr std::int64_t kRound = 60;
constexpr std::size_t kMostRounds = 4000;

struct SimulatedDevice {
  std::string version = "1.0.0";
  std::string downloaded;  ///< installed at the next start
  unsigned place = 0;
  bool bad = false;      ///< version 2.0.0 has no effect on it, or it goes back
  bool gone = false;     ///< does not ask for now
  std::size_t lost = 0;  ///< interrupted downloads to come
};

class RolloutSimulation : public ::testing::TestWithParam<unsigned> {
 protected:
  RolloutSimulation() : fleet_(std::make_unique<Fleet>(kDevices)), devices_(kDevices) {
    for (SimulatedDevice& device : devices_) {
      device.place = below(100);
      device.bad = below(100) < GetParam();
      device.gone = below(10) == 0;
      device.lost = below(20) == 0 ? 1 : 0;
    }
    release("2.0.0");
  }

  unsigned below(unsigned limit) {
    return std::uniform_int_distribution<unsigned>(0, limit - 1)(random_);
  }

  void release(const std::string& version) {
    version_ = version;
    offered_.clear();
    downloaded_.clear();
    failed_.clear();
    confirmed_.clear();
    excused_.clear();
    fleet_->set_rules({planned()}, now_);
  }

  [[nodiscard]] PlannedRule planned() const {
    PlannedRule rule{.rule = "sketch.bin", .version = version_, .plan = {}};
    rule.plan.stages = {1, 10, 50, 100};
    return rule;
  }
  [[nodiscard]] const Rollout& rollout() const { return *fleet_->rollout("sketch.bin"); }

  Event event_of(std::size_t number, Kind kind) {
    const SimulatedDevice& device = devices_[number];
    Event event;
    event.kind = kind;
    event.time = now_;
    event.mac = {number};
    event.version = device.version;
    const Device* known = fleet_->device({number});
    const Image* last = known != nullptr ? known->at(Slot::Sketch).image.get() : nullptr;
    event.runs = last == nullptr                   ? Runs::Unknown
                 : last->version == device.version ? Runs::Yes
                                                   : Runs::No;
    return event;
  }

  void ask(std::size_t number) {
    SimulatedDevice& device = devices_[number];
    if (!device.downloaded.empty()) {
      const bool works = !(device.bad && device.downloaded == "2.0.0");
      if (works) {
        device.version = device.downloaded;
      }
      if (device.downloaded == version_) {
        (works ? confirmed_ : failed_).insert(number);
        if (works) {
          failed_.erase(number);
          excused_.erase(number);
        }
      }
      device.downloaded.clear();
    } else if (confirmed_.contains(number) && device.bad && version_ == "2.0.0") {
      device.version = "1.0.0";
      confirmed_.erase(number);
      failed_.insert(number);
    }
    const auto image =
        fleet_->shared({.rule = "sketch.bin", .version = version_, .sha256 = version_, .md5 = {}});
    Event event = event_of(number, Kind::UpToDate);
    event.image = image;
    if (device.version == version_) {
      fleet_->apply(event);
    } else if (admit(rollout(), device.place) != Admission::In) {
      event.waits = true;
      event.waits_rule = "sketch.bin";
      fleet_->apply(event);
    } else if (blocked(number, event.runs)) {
      event.kind = Kind::Blocked;
      fleet_->apply(event);
    } else {
      offer(number, event);
    }
    check_rollout();
  }

  [[nodiscard]] bool blocked(std::size_t number, Runs runs) const {
    const Device* known = fleet_->device({number});
    return known != nullptr &&
           is_blocked(known->at(Slot::Sketch), runs, version_, AttemptLimit(), now_);
  }

  void offer(std::size_t number, Event event) {
    SimulatedDevice& device = devices_[number];
    EXPECT_LT(device.place, rollout().percent);
    EXPECT_NE(rollout().phase, Phase::Paused);
    EXPECT_NE(rollout().phase, Phase::Halted);
    offered_.insert(number);
    event.kind = Kind::Offered;
    fleet_->apply(event);
    check_rollout();
    event.runs = Runs::Unknown;
    if (device.lost > 0) {
      --device.lost;
      event.kind = Kind::Interrupted;
    } else {
      device.downloaded = version_;
      downloaded_.insert(number);
      event.kind = Kind::Downloaded;
    }
    fleet_->apply(event);
  }

  /// The invariants of fleet.md 4, against counts of the simulation.
  void check_rollout() {
    const Tally tally = fleet_->tally(rollout());
    ASSERT_EQ(tally.offered, offered_.size());
    ASSERT_EQ(tally.downloaded, downloaded_.size());
    ASSERT_EQ(tally.confirmed, confirmed_.size());
    ASSERT_EQ(tally.failed, failed_.size());
    ASSERT_EQ(tally.excused, excused_.size());
    const std::size_t failed = failed_.size() - excused_.size();
    const bool reached =
        failed >= 3 && failed * 100 >= (downloaded_.size() - excused_downloads_) * 5;
    if (reached) {
      ASSERT_EQ(rollout().phase, Phase::Halted);
    }
    if (rollout().phase == Phase::Halted && !halted_) {
      halted_ = true;
      ASSERT_TRUE(reached);
    }
    ASSERT_TRUE(!halted_ || rollout().phase == Phase::Halted);
    ASSERT_GE(rollout().percent, percent_);
    percent_ = rollout().percent;
  }

  /// Exactly the devices of the present stage, and no others, may have been offered the version.
  void check_share() {
    std::size_t in_stage = 0;
    for (const SimulatedDevice& device : devices_) {
      in_stage += device.place < rollout().percent ? 1 : 0;
    }
    ASSERT_LE(offered_.size(), in_stage);
    for (const std::size_t number : confirmed_) {
      ASSERT_TRUE(fleet_->device({number})->at(Slot::Sketch).confirmed);
    }
  }

  void resume() {
    ASSERT_TRUE(fleet_->change(
        {.rule = "sketch.bin", .version = version_, .action = Action::Resume, .user = "ann"}));
    excused_ = failed_;
    excused_downloads_ = downloaded_.size();
    halted_ = false;
    // Rounds are counted anew, and the stage goes on.
    stage_began_ = -static_cast<std::size_t>(rollout().elapsed / kRound);
    check_rollout();
  }

  void come_and_go() {
    for (unsigned i = 0; i < 20; ++i) {
      SimulatedDevice& device = devices_[below(kDevices)];
      device.gone = !device.gone && below(10) == 0;
    }
  }

  /// What a store does: everything that changed, in pieces.
  void write() {
    for (Changes changes = fleet_->take_changes(500); !changes.empty();
         changes = fleet_->take_changes(500)) {
      for (Device& device : changes.devices) {
        stored_devices_.insert_or_assign(device.mac, std::move(device));
      }
      for (Rollout& rollout : changes.rollouts) {
        ++rollout.revision;
        stored_rollouts_.insert_or_assign({rollout.rule, rollout.version}, std::move(rollout));
      }
    }
  }
  void restart() {
    write();
    fleet_ = std::make_unique<Fleet>(kDevices);
    for (const auto& [mac, device] : stored_devices_) {
      fleet_->restore(device);
    }
    for (const auto& [key, rollout] : stored_rollouts_) {
      fleet_->restore(rollout);
    }
    fleet_->set_rules({planned()}, now_);
  }

  void round(std::size_t number) {
    now_ += kRound;
    if (number % 97 == 96) {
      // Days and months, both ways.
      now_ += (below(2) == 0 ? 1 : -1) * std::int64_t{86400} * below(40);
    }
    const unsigned before = rollout().percent;
    fleet_->step(now_);
    if (rollout().percent != before) {
      // A stage lasts its two hours by rounds, whatever the clock says.
      ASSERT_GE(number - stage_began_, 2U * 3600 / kRound - 1);
      stage_began_ = number;
    }
    for (std::size_t i = 0; i < kAsksInRound && !HasFatalFailure(); ++i) {
      const std::size_t device = below(kDevices);
      if (!devices_[device].gone) {
        ask(device);
      }
    }
    come_and_go();
    if (number % 400 == 399) {
      restart();
    }
  }

  void run_until(const std::function<bool()>& done) {
    for (std::size_t number = 0; number < kMostRounds && !done(); ++number) {
      round(number);
      if (number % 100 == 0) {
        check_share();
      }
      if (HasFatalFailure()) {
        return;
      }
    }
  }

  std::mt19937 random_{20260};
  std::int64_t now_ = 1'800'000'000;
  std::unique_ptr<Fleet> fleet_;
  std::vector<SimulatedDevice> devices_;
  std::string version_;
  std::size_t stage_began_ = 0;
  unsigned percent_ = 0;
  bool halted_ = false;
  std::set<std::size_t> offered_, downloaded_, failed_, confirmed_;
  std::set<std::size_t> excused_;  ///< failed before the last resume(), and since
  std::size_t excused_downloads_ = 0;
  std::map<Mac, Device> stored_devices_;
  std::map<std::pair<std::string, std::string>, Rollout> stored_rollouts_;
};

TEST_P(RolloutSimulation, KeepsItsPromisesAtEveryStep) {
  run_until(
      [this] { return rollout().phase == Phase::Complete || rollout().phase == Phase::Halted; });
  ASSERT_FALSE(HasFatalFailure());
  if (GetParam() == 0) {
    EXPECT_EQ(rollout().phase, Phase::Complete);
  }
  if (GetParam() >= 50) {
    EXPECT_EQ(rollout().phase, Phase::Halted);
    EXPECT_EQ(rollout().percent, 1U);
  }
  // Nothing changes by itself after a halt.
  const Phase phase = rollout().phase;
  for (std::size_t number = 0; number < 10; ++number) {
    round(number);
    ASSERT_FALSE(HasFatalFailure());
  }
  EXPECT_TRUE(phase == Phase::Complete || rollout().phase == phase);
  // The next release works everywhere: every device ends on it.
  halted_ = false;
  percent_ = 0;
  stage_began_ = 0;
  release("3.0.0");
  run_until([this] { return rollout().phase == Phase::Complete; });
  ASSERT_FALSE(HasFatalFailure());
  ASSERT_EQ(rollout().phase, Phase::Complete);
  for (SimulatedDevice& device : devices_) {
    device.gone = false;
  }
  for (unsigned turn = 0; turn < 4; ++turn) {
    for (std::size_t number = 0; number < kDevices && !HasFatalFailure(); ++number) {
      if (!confirmed_.contains(number)) {
        ask(number);
      }
    }
  }
  for (std::size_t number = 0; number < kDevices; ++number) {
    ASSERT_EQ(devices_[number].version, "3.0.0");
    ASSERT_EQ(fleet_->device({number})->state, State::Confirmed);
  }
}

TEST_P(RolloutSimulation, AfterAResumeOnlyNewFailuresHalt) {
  const auto halted = [this] { return rollout().phase == Phase::Halted; };
  for (unsigned turn = 0; turn < 5; ++turn) {
    run_until([&] { return halted() || rollout().phase == Phase::Complete; });
    ASSERT_FALSE(HasFatalFailure());
    if (!halted()) {
      return;
    }
    const std::size_t before = failed_.size();
    resume();
    ASSERT_FALSE(HasFatalFailure());
    // Devices recover while others fail or go back.
    for (SimulatedDevice& device : devices_) {
      device.bad = below(100) < GetParam();
    }
    RecordProperty("failed_" + std::to_string(turn), static_cast<int>(before));
  }
}

INSTANTIATE_TEST_SUITE_P(FailureRates,
                         RolloutSimulation,
                         ::testing::Values(0U, 4U, 6U, 50U),
                         [](const auto& test) { return "Percent" + std::to_string(test.param); });

}  // namespace
}  // namespace otatool::fleet
