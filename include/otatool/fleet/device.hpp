// What an update server knows about a device, and how an event changes it. No clock: events carry
// their time in seconds since 1970.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "otatool/chip_family.hpp"
#include "otatool/fleet/mac.hpp"
#include "otatool/fleet/state.hpp"

namespace otatool::fleet {

/// The part of a device that an image replaces.
enum class Slot : std::uint8_t { Sketch, Filesystem };

/// An image that a device was offered.
struct Image {
  std::string rule;     ///< name of the rule if it has stages, otherwise empty
  std::string version;  ///< empty if the rule names none
  std::string sha256;   ///< of the served file, lower-case hex
  std::string md5;      ///< that a device running it reports; may be empty

  friend bool operator==(const Image&, const Image&) = default;
};

/// Whether a device runs the image that it downloaded last.
enum class Runs : std::uint8_t { Unknown, No, Yes };

/// The last image that was offered for one slot, and what became of it.
struct Progress {
  std::shared_ptr<const Image> image;  ///< null: none was offered
  std::uint32_t downloads = 0;         ///< complete ones
  std::uint32_t not_applied = 0;       ///< complete downloads without effect
  std::int64_t downloaded = 0;         ///< time of the last complete download
  std::uint32_t attempt = 0;  ///< Rollout::attempt when it failed, otherwise at the last offer
  bool pending = false;       ///< the device has not asked since its last download
  bool confirmed = false;     ///< it runs the image after it downloaded it
  bool refused = false;       ///< no image fits it since it downloaded this one

  [[nodiscard]] bool failed() const { return !confirmed && (not_applied > 0 || refused); }
  friend bool operator==(const Progress&, const Progress&) = default;
};

struct Device {
  Mac mac;
  ChipFamily chip = ChipFamily::Unknown;
  Slot slot = Slot::Sketch;  ///< of the last request
  State state = State::Unknown;
  std::int64_t state_since = 0;
  std::string address;
  std::string version;  ///< that it runs; empty: not sent
  std::string md5;      ///< of the sketch, lower-case hex; empty: not sent
  std::string offered;  ///< version or file of the last answer
  std::string reason;
  std::uint32_t status = 0;  ///< of the last answer
  std::uint64_t requests = 0;
  std::uint64_t downloads = 0;  ///< complete ones
  std::int64_t seen = 0;
  std::string waits_rule;  ///< rule with stages that has not reached the device; empty: none
  std::array<Progress, 2> progress;

  [[nodiscard]] Progress& at(Slot which) { return progress.at(static_cast<std::size_t>(which)); }
  [[nodiscard]] const Progress& at(Slot which) const {
    return progress.at(static_cast<std::size_t>(which));
  }
};

/// A request of a device, or the end of its download.
struct Event {
  enum class Kind : std::uint8_t {
    Offered,      ///< the answer is an image, and sending begins
    Downloaded,   ///< the device acknowledged all of the image
    Part,         ///< the device acknowledged a range of the image
    Interrupted,  ///< the download broke off after `bytes`
    UpToDate,     ///< the device needs nothing
    Waiting,      ///< the device needs an image, and no rollout has reached it
    Blocked,      ///< the image had no effect too often (is_blocked)
    Refused,      ///< no image fits the device, or no rule
    Other,        ///< a request that shows only that the device is there; makes none known
  };
  Kind kind = Kind::Other;
  std::int64_t time = 0;
  Mac mac;
  ChipFamily chip = ChipFamily::Unknown;
  Slot slot = Slot::Sketch;
  std::string address;
  std::string version;
  std::string md5;
  std::string offered;
  std::string reason;
  std::uint32_t status = 0;
  std::uint64_t bytes = 0;
  /// With Offered to Interrupted: the image sent. With UpToDate: the image that the rule gives.
  std::shared_ptr<const Image> image;
  Runs runs = Runs::Unknown;
  std::string waits_rule;  ///< a rule with stages that has not reached the device
  bool waits = false;      ///< a rule with a newer version passed over the device
  /// Of the rollout of the device's image; set by Fleet.
  std::uint32_t attempt = 0;
  std::uint32_t retried = 0;
  std::uint64_t polls = 0;  ///< earlier requests that changed nothing; set by Fleet
};

/// An event that is kept.
struct History {
  std::int64_t time = 0;
  Mac mac;           ///< 0: an event of a rollout
  std::string rule;  ///< of the rollout, if any
  std::string kind;  ///< a word of fleet.md 1, or what happened to a rollout
  std::string from;  ///< version that the device ran, or the phase of the rollout before
  std::string to;    ///< version offered, or the phase of the rollout after
  std::uint64_t bytes = 0;
  std::string reason;
  std::string user;  ///< who changed a rollout; empty: the server
};

/// Changes `device` by an event of its own. Returns what to keep: nothing if its state stays.
/// `attempt`: Rollout::attempt of the image's rollout.
[[nodiscard]] std::vector<History> apply(Device& device, const Event& event, std::uint32_t attempt);

/// How often a device gets an image that has no effect.
struct AttemptLimit {
  std::uint32_t attempts = 3;
  std::int64_t retry_after = std::int64_t{6} * 3600;  ///< seconds after the last download

  friend bool operator==(const AttemptLimit&, const AttemptLimit&) = default;
};

/// Whether a device that asks must not get `sha256` now. `runs`: whether it runs its last download;
/// Unknown: no download shows an effect. A clock before the last download blocks nothing.
[[nodiscard]] bool is_blocked(const Progress& progress,
                              Runs runs,
                              const std::string& sha256,
                              const AttemptLimit& limit,
                              std::int64_t now);

/// Forgets the failures of a device, so that it may try its image again.
void forget_failures(Progress& progress);

}  // namespace otatool::fleet
