// Uploads one image to one or many devices in one thread. Prints nothing: events go to an observer,
// results are returned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/chip_family.hpp"
#include "otatool/delivery/report.hpp"
#include "otatool/error.hpp"
#include "otatool/espota/session.hpp"

namespace otatool::espota {

struct Target {
  std::string name;                   ///< as the user wrote it; for reports
  std::string host;                   ///< IP literal or name
  std::optional<std::uint16_t> port;  ///< default: by chip, or both defaults
  ChipFamily chip = ChipFamily::Unknown;
  Credentials credentials;
};

/// Bytes of the app partition of ESP32 boards with the default partition scheme (espota.md 2.1).
inline constexpr std::size_t kDefaultAppPartition = 0x140000;

/// TCP ports of this host for the connection back; {0, 0} lets the system choose.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
};

struct UploadOptions {
  wire::Command command = wire::Command::Flash;
  std::string bind_address;  ///< empty: the source address of the route to the device
  std::string interface;     ///< empty: that of `bind_address` or of the route
  PortRange host_ports;
  AuthPolicy auth;
  Timing timing;
  bool persistent = false;  ///< see Plan
  bool any_peer = false;    ///< accept replies and the connection from any address (NAT)
  bool lockstep = false;
  unsigned retries = 2;  ///< attempts after the first one; the last one uses lock-step
  std::size_t jobs = 4;  ///< targets at the same time
};

// Events of one target.
struct AttemptStarted {
  unsigned attempt;  ///< from 1
  std::string address;
  std::vector<std::uint16_t> device_ports;
  std::string local_address;
  std::uint16_t host_port;
};
struct PhaseReached {
  Phase phase;
  wire::AuthHash auth;
};
struct Progressed {
  std::size_t delivered;
};
struct ConnectionRefused {
  std::string address;  ///< not the device's
};
struct ReplyRefused {
  std::string address;  ///< not the device's
};
struct RetryScheduled {
  unsigned attempt;  ///< the next one
  Error reason;
  Millis delay;
  bool lockstep;
  bool small_segments;  ///< see delivery::RetryAdvice
};
/// Nothing happened for a second. The attempt fails if nothing happens for `left`.
struct Waiting {
  Phase phase;
  Millis left;
};
/// A message on the wire, for `-vv`; nonces and responses are redacted.
struct Traced {
  bool sent;
  std::string text;
};
using UploadEvent = std::variant<AttemptStarted,
                                 PhaseReached,
                                 Progressed,
                                 ConnectionRefused,
                                 ReplyRefused,
                                 RetryScheduled,
                                 Waiting,
                                 Traced>;

struct TargetReport : delivery::Report {
  wire::AuthHash auth = wire::AuthHash::None;
};

class UploadObserver {
 public:
  virtual ~UploadObserver() = default;
  virtual void on_event(std::size_t target, const UploadEvent& event) = 0;
  virtual void on_report(std::size_t target, const TargetReport& report) = 0;
};

/// Uploads `image` to all targets and returns one report for each, in the same order. SIGINT or
/// SIGTERM closes every socket; unfinished targets then report Interrupted.
[[nodiscard]] std::vector<TargetReport> upload_all(Bytes image,
                                                   std::span<const Target> targets,
                                                   const UploadOptions& options,
                                                   UploadObserver& observer);

/// The UDP ports to which invitations go: the target's own, its chip's default, or both defaults.
[[nodiscard]] std::vector<std::uint16_t> device_ports(const Target& target);

/// The first steps of an upload to one target.
struct TargetPlan {
  std::string name;
  std::vector<std::string> addresses;  ///< in the order of the attempts
  std::vector<std::uint16_t> ports;
  std::string local_address;  ///< the device would connect to it
  std::optional<Error> error;
};

/// Resolves the targets and finds the local addresses. Sends nothing to the devices.
[[nodiscard]] std::vector<TargetPlan> plan_all(std::span<const Target> targets,
                                               const UploadOptions& options);

}  // namespace otatool::espota
