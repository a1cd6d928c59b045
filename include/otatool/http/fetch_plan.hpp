// The steps that make a device fetch its update from a server (field-firmwares.md 3, 8): Tasmota
// and Shelly of generation 1. A state machine: events in, one action out. No sockets, no clock.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "otatool/error.hpp"
#include "otatool/http/family.hpp"

namespace otatool::http {

class FetchPlan {
 public:
  // Actions.
  struct Get {
    std::string target;
  };
  struct Pause {
    std::chrono::milliseconds time;
  };
  /// Without an error the device runs another version than before.
  struct Finish {
    std::optional<Error> error;
  };
  using Action = std::variant<Get, Pause, Finish>;

  // Events.
  struct Answered {
    DeviceAnswer answer;
    bool with_password = false;
    bool challenged = false;  ///< a 401 has a WWW-Authenticate field
  };
  struct Unanswered {
    Error error;
  };
  struct Paused {};
  using Event = std::variant<Answered, Unanswered, Paused>;

  /// `url` is the address of the image for the device. Any other family than Tasmota and ShellyGen1
  /// ends with WrongKind.
  FetchPlan(Family family, std::string url);

  [[nodiscard]] Action start();
  [[nodiscard]] Action next(const Event& event);
  /// The action after the user has interrupted the running one. The plan ends with Interrupted when
  /// the settings of the device are restored.
  [[nodiscard]] Action cancel();

  /// What the device ran before and runs now.
  [[nodiscard]] const DeviceIdentity& before() const { return before_; }
  [[nodiscard]] const DeviceIdentity& now() const { return now_; }

 private:
  enum class Stage { Version, ReadingUrl, SettingUrl, Starting, Waiting, Restoring };

  [[nodiscard]] Action ask(Stage stage, std::string target);
  [[nodiscard]] Action on_version(const Answered& answered);
  [[nodiscard]] Action on_url(const Answered& answered);
  [[nodiscard]] Action on_url_set(const Answered& answered);
  [[nodiscard]] Action on_started(const Answered& answered);
  [[nodiscard]] Action on_waiting(const Event& event);
  [[nodiscard]] Action on_restoring(const Event& event);
  [[nodiscard]] Action begin_update();
  [[nodiscard]] Action poll();
  [[nodiscard]] Action end(std::optional<Error> error);
  [[nodiscard]] Error without_success() const;

  Family family_;
  std::string url_;
  Stage stage_ = Stage::Version;
  DeviceIdentity before_;
  DeviceIdentity now_;
  std::optional<std::string> old_url_;  ///< to restore, once it may have been replaced
  bool replaced_ = false;
  bool was_away_ = false;
  bool is_away_ = false;
  std::chrono::milliseconds waited_{0};
  unsigned restores_ = 0;  ///< attempts
  std::optional<Error> outcome_;
};

}  // namespace otatool::http
