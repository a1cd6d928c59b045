// Decides from looks at a device whether it came back with the new image after it had accepted it
// (field-firmwares.md 1, 13). A state machine: looks in, the outcome out. No sockets, no clock.
#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include "otatool/delivery/identity.hpp"
#include "otatool/error.hpp"

namespace otatool::delivery {

/// One look at a device.
struct Sight {
  enum class State {
    Away,    ///< no answer
    Closed,  ///< the host answers, but nothing listens at the port of the device
    Up,
  };
  State state = State::Away;
  Identity told = {};
  /// A system from which the device cannot leave by itself: Tasmota's safeboot.
  bool rescue = false;
};

/// Whether a restart was seen after the upload.
enum class Restart { Unknown, NotSeen, Seen };

class Confirmation {
 public:
  using Millis = std::chrono::milliseconds;

  struct Outcome {
    /// True: the device runs the image. False: it does not. Nothing: it does not report.
    std::optional<bool> confirmed = std::nullopt;
    Restart restart = Restart::Unknown;
    Identity now = {};
    /// DeviceLost if the device did not come back, OldVersion if it came back without the image.
    std::optional<Error> error = std::nullopt;
  };

  /// How long a device may take to begin its restart; afterwards no restart is expected. Tasmota
  /// and ElegantOTA take 2 to 3 s.
  static constexpr Millis kLongestUntilRestart{10'000};
  /// How long a device that reported its version before may take to report it after it is back.
  static constexpr Millis kLongestUntilTold{10'000};

  /// `before`: what the device reported before the upload. `limit`: from the verdict of the device.
  Confirmation(Identity before, ImageIdentity image, Millis limit)
      : before_(std::move(before)), image_(std::move(image)), limit_(limit) {}

  /// Takes a look that ended at `now` after the verdict. Nothing: look again. Must not be called
  /// after an outcome. `now` never decreases.
  [[nodiscard]] std::optional<Outcome> next(const Sight& sight, Millis now);

 private:
  [[nodiscard]] bool is_changed() const;
  [[nodiscard]] bool is_decided(const Sight& sight, Millis now) const;
  [[nodiscard]] Outcome judge(const Sight& sight) const;
  [[nodiscard]] Error not_back(const Sight& sight) const;
  [[nodiscard]] Error old_version(const Sight& sight) const;

  Identity before_;
  ImageIdentity image_;
  Millis limit_;
  Identity now_;
  bool restarted_ = false;
  std::optional<Millis> up_since_;
};

}  // namespace otatool::delivery
