// What a delivery reports while it runs and when it ends, for every transport.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "otatool/delivery/confirmation.hpp"
#include "otatool/delivery/identity.hpp"
#include "otatool/error.hpp"

namespace otatool::delivery {

/// The authentication that a device asked for.
enum class Auth { None, Md5, Sha256, Basic, Digest };

/// `none`, `md5`, `sha256`, `basic` or `digest`.
[[nodiscard]] std::string_view to_string(Auth auth);

/// What the host does or waits for. A transport uses those that apply to it.
enum class Phase {
  Inviting,
  Connecting,
  RequestingPage,
  Authenticating,
  AwaitingConnection,
  Preparing,  ///< the device erases its flash
  Sending,
  AwaitingVerdict,
  AwaitingRestart,  ///< until the device is back with the new image
};

// Events of one target.
struct AttemptStarted {
  unsigned attempt;  ///< from 1
  std::string address;
  std::vector<std::uint16_t> ports;  ///< of the device
  std::string local_address = {};    ///< where the device connects to; empty if it does not
  std::uint16_t host_port = 0;       ///< the port there
  std::string url = {};              ///< of the web form; empty without one
};
/// What the device reported about its firmware.
struct DeviceRecognised {
  std::string kind;   ///< a stable name; `unknown`
  std::string title;  ///< for people
  std::string version = {};
  std::string hardware = {};
  std::string release = {};  ///< the name of the build
};
struct PhaseReached {
  Phase phase;
};
/// The device accepted this authentication, or the image is about to be sent with it.
struct Authenticated {
  Auth auth;
};
/// The device kept the first bytes of the image from a transfer that broke off.
struct Resumed {
  std::size_t kept;
};
struct Progressed {
  std::size_t delivered;  ///< bytes of the image that the device has acknowledged
};
/// A connection or a datagram did not come from the device's address.
struct StrangerRefused {
  bool connection;
  std::string address;
};
struct RetryScheduled {
  unsigned attempt;  ///< the next one
  Error reason;
  std::chrono::milliseconds delay;
  bool lockstep;
  bool small_segments;  ///< see RetryAdvice
};
/// Nothing happened for a second. The attempt fails if nothing happens for `left`.
struct Waiting {
  Phase phase;
  std::chrono::milliseconds left;
};
/// A difference update is sent instead of the image.
struct PatchChosen {
  std::size_t bytes;
};
/// The device refused it: the image follows.
struct PatchRefused {
  Error reason;
};
/// A message on the wire, for `-vv`; secrets are redacted.
struct Traced {
  bool sent;
  std::string text;
};
using Event = std::variant<AttemptStarted,
                           DeviceRecognised,
                           PhaseReached,
                           Authenticated,
                           Resumed,
                           Progressed,
                           StrangerRefused,
                           RetryScheduled,
                           Waiting,
                           PatchChosen,
                           PatchRefused,
                           Traced>;
using Listener = std::function<void(const Event&)>;

struct Report {
  std::string name;     ///< the target as the user wrote it
  std::string address;  ///< empty when the name did not resolve
  std::optional<Error> error;
  std::size_t bytes = 0;  ///< delivered in the last attempt
  double seconds = 0;     ///< up to the verdict
  unsigned attempts = 0;
  Auth auth = Auth::None;
  std::string kind = {};  ///< what the device runs: `espota`, `esphome` or a family; may be empty
  std::string via = {};   ///< the transport; empty if none was chosen
  Identity before = {};
  Identity after = {};
  /// The device runs the image; nothing if that is not known. See Confirmation::Outcome.
  std::optional<bool> confirmed = std::nullopt;
  Restart restart = Restart::Unknown;
  /// Nothing was sent, because it ran the version of the image already, or has another chip.
  bool skipped = false;
  bool other_chip = false;
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_event(std::size_t target, const Event& event) = 0;
  virtual void on_report(std::size_t target, const Report& report) = 0;
};

}  // namespace otatool::delivery
