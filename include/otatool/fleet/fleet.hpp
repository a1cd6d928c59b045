// The devices and rollouts of an update server, in memory. Takes events, keeps counts, and collects
// what a store must write. No clock and no IO.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "otatool/fleet/device.hpp"
#include "otatool/fleet/rollout.hpp"
#include "otatool/fleet/rollout_action.hpp"
#include "otatool/result.hpp"

namespace otatool::fleet {

/// What a decision needs to know about the past.
class View {
 public:
  virtual ~View() = default;
  /// Null for an unknown device.
  [[nodiscard]] virtual const Device* device(Mac mac) const = 0;
  /// Null for a rule without stages.
  [[nodiscard]] virtual const Rollout* rollout(std::string_view rule) const = 0;
  /// Seconds since 1970.
  [[nodiscard]] virtual std::int64_t now() const = 0;
};

/// What to write: the present state of devices and rollouts, and events.
struct Changes {
  std::vector<Device> devices;
  std::vector<History> history;
  std::vector<Rollout> rollouts;
  std::vector<Mac> removed;
  std::int64_t removed_before = 0;  ///< Device::seen of `removed` is earlier

  [[nodiscard]] bool empty() const {
    return devices.empty() && history.empty() && rollouts.empty() && removed.empty();
  }
};

/// A rule of the manifest that has stages.
struct PlannedRule {
  std::string rule;
  std::string version;
  StagePlan plan;
};

/// What a server may do to rollouts.
enum class Authority : std::uint8_t {
  Full,     ///< it alone widens them
  HaltOnly  ///< another server widens them, or nobody knows: it only halts
};

/// What a person does to a rollout.
struct RolloutChange {
  std::string rule;
  std::string version;
  Action action = Action::Pause;
  std::string user;
};

class Fleet final : public View {
 public:
  /// A poll without a change of state is written at most this often for each device.
  static constexpr std::int64_t kSeenEvery = 60;
  /// History, and events of share(), that wait to be written; further ones are counted and lost.
  static constexpr std::size_t kMostHistory = 20'000;

  explicit Fleet(std::size_t most_devices);

  /// What a store knew, before the first event. Devices above the limit are counted.
  void restore(Device device);
  void restore(Rollout rollout);

  /// The rules in force: starts the rollouts of new versions, and keeps the state of the others.
  void set_rules(const std::vector<PlannedRule>& rules, std::int64_t now);
  /// What a person does to the active rollout of a rule, which must be that of `version`. NotFound,
  /// Usage.
  [[nodiscard]] Result<void> change(const RolloutChange& change);
  /// Takes over a rollout that somebody else changed in the store before the last changes were
  /// written. Own changes of it are lost, but for those of people, which follow the other ones.
  void adopt(Rollout rollout);
  /// With share(): the store has this rollout now. A wider stage is in force from then on, so that
  /// no device is offered what the other servers do not know of.
  void on_written(const Rollout& rollout);
  /// Takes over a rollout of the store if its revision is higher than the own one. Changes of
  /// people that are not written yet follow.
  void adopt_if_newer(Rollout rollout);

  /// From now on take_events() gives the events that change a device, and take_changes() no
  /// devices: whoever takes the events merges them with those of other servers.
  void share() { shares_ = true; }
  [[nodiscard]] std::vector<Event> take_events(std::size_t most);
  /// The database has merged `events` further events of the device.
  void on_merged(Mac mac, std::uint32_t events);
  /// One event of each of these devices is lost.
  void on_lost(const std::vector<Mac>& macs);
  /// Takes over a device as merged. Later if it has events that are not merged yet.
  void adopt(Device device);
  /// A server begins with Authority::Full. The time before does not count for a stage.
  void set_authority(Authority authority);
  [[nodiscard]] Authority authority() const { return authority_; }

  /// Forgets devices above the limit that restore() has brought: those that were not seen for the
  /// longest time. The store keeps them.
  void forget_excess();

  void apply(const Event& event);
  /// Sets the clock and lets rollouts go on.
  void step(std::int64_t now);
  /// Forgets devices that were not seen since `before`.
  void forget_unseen(std::int64_t before);

  /// At most `most` devices, those that wait longest; empty if nothing changed.
  [[nodiscard]] Changes take_changes(std::size_t most);
  /// Forgets what changed: nobody writes it.
  void drop_changes();
  /// Has everything written again: the store is a new one.
  void mark_all_changed();

  [[nodiscard]] const Device* device(Mac mac) const override;
  [[nodiscard]] const Rollout* rollout(std::string_view rule) const override;
  [[nodiscard]] std::int64_t now() const override { return now_; }

  /// Devices with a larger address than `after`, in the order of addresses.
  template <typename Visit>
  void visit(const Mac* after, std::size_t most, Visit&& visit) const {
    auto next = after != nullptr ? devices_.upper_bound(*after) : devices_.begin();
    for (; most > 0 && next != devices_.end(); ++next, --most) {
      visit(next->second.device);
    }
  }
  [[nodiscard]] std::size_t size() const { return devices_.size(); }
  /// Requests of devices that are not kept because of the limit.
  [[nodiscard]] std::uint64_t not_kept() const { return not_kept_; }
  /// The number of events that were dropped because the store did not take them in time.
  [[nodiscard]] std::uint64_t lost_events() const { return lost_events_; }
  [[nodiscard]] Tally tally(const Rollout& rollout) const;
  [[nodiscard]] std::vector<const Rollout*> active_rollouts() const;
  /// One object for equal images.
  [[nodiscard]] std::shared_ptr<const Image> shared(const Image& image);

 private:
  struct Entry {
    Device device;
    std::int64_t written = 0;    ///< Device::seen when it was last marked
    std::uint64_t polls = 0;     ///< requests since its last shared event
    std::uint32_t unmerged = 0;  ///< shared events
    bool changed = false;
  };
  using Key = std::pair<std::string, std::string>;  ///< rule and version

  void count(const Device& device, int sign);
  void recount();
  /// Whether the failures are from before the last retry(); they are forgotten then.
  [[nodiscard]] bool forget_old_attempt(Progress& progress) const;
  [[nodiscard]] Rollout* find_active(std::string_view rule);
  /// The rollout of the image that the device is offered, or has been offered last; may be null.
  [[nodiscard]] const Rollout* find_rollout(const Device& device, const Event& event) const;
  void mark(Entry& entry);
  void mark(const Rollout& rollout);
  void share(Entry& entry, const Event& event, const Rollout* rollout);
  void share_images(Device& device);
  void keep(History history);
  void replace(Rollout rollout);
  /// The rollout that this server has halted, unless somebody has resumed or retried `stored`.
  [[nodiscard]] std::optional<Rollout> own_halt(const Rollout& stored) const;
  /// A rollout never continues because another server wrote it meanwhile.
  void halt_again(const Key& key, const std::optional<Rollout>& halted);
  /// Carries out those of `changes` that are about `key`; the others go to `others`.
  void follow(const std::vector<RolloutChange>& changes,
              const Key& key,
              std::vector<RolloutChange>& others);
  /// Performs the action on `rollout` and has it written. The event, unless nothing changes.
  [[nodiscard]] Result<std::optional<History>> carry_out(const RolloutChange& change,
                                                         Rollout& rollout);
  void step(Rollout& rollout);
  [[nodiscard]] Step step_shared(Rollout& rollout);
  /// Moves the rollout to the stage that is not written yet: others may have it already.
  void take_proposal(Rollout& rollout) const;
  void note(const Rollout& rollout, Step step, Phase before);

  std::size_t most_devices_;
  std::int64_t now_ = 0;
  std::map<Mac, Entry> devices_;
  std::map<Key, Rollout> rollouts_;
  std::map<Key, Rollout> proposals_;  ///< with share(): wider stages that are not written yet
  std::map<Key, Tally> tallies_;
  std::map<std::string, Key, std::less<>> active_;  ///< by rule
  std::map<std::string, std::weak_ptr<const Image>, std::less<>> images_;
  std::deque<Mac> changed_devices_;  ///< the oldest change first
  std::set<Key> changed_rollouts_;
  std::vector<RolloutChange> new_changes_;      ///< since take_changes()
  std::vector<RolloutChange> written_changes_;  ///< in what the last take_changes() returned
  std::vector<History> history_;
  std::deque<Event> events_;
  bool shares_ = false;
  Authority authority_ = Authority::Full;
  std::vector<Mac> removed_;
  std::int64_t removed_before_ = 0;
  std::uint64_t not_kept_ = 0;
  std::uint64_t lost_events_ = 0;
};

}  // namespace otatool::fleet
