// Uploading one image to one or many devices: every target in one thread, each over its own
// sockets. Prints nothing; what happens is told to an Observer, what came out is returned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/delivery/report.hpp"
#include "otatool/error.hpp"
#include "otatool/espota/session.hpp"

namespace otatool::espota {

enum class Chip { Auto, Esp8266, Esp32 };

struct Target {
  std::string name;                   ///< as the user wrote it; names the target in every report
  std::string host;                   ///< IPv4 or IPv6 literal, or a name
  std::optional<std::uint16_t> port;  ///< default: by chip, or both defaults
  Chip chip = Chip::Auto;
  Credentials credentials;
};

/// TCP ports of this host for the connection back; {0, 0} lets the system choose.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
};

struct UploadOptions {
  wire::Command command = wire::Command::Flash;
  std::string bind_address;  ///< empty: the address from which the route to the device leaves
  PortRange host_ports;
  AuthPolicy auth;
  Timing timing;
  bool persistent = false;  ///< see Plan
  bool any_peer = false;    ///< accept the connection from any address (NAT)
  bool lockstep = false;
  unsigned retries = 2;  ///< attempts after the first one; the last one goes in lock-step
  std::size_t jobs = 4;  ///< targets under way at once
};

// What happens to a target on the way.
struct AttemptStarted {
  unsigned attempt;  ///< from 1
  std::string address;
  std::vector<std::uint16_t> device_ports;
  std::string local_address;
  std::uint16_t host_port;
};
struct PhaseReached {
  Phase phase;
  AuthScheme auth;
};
struct Progressed {
  std::size_t delivered;
};
struct ConnectionRefused {
  std::string address;  ///< a stranger's
};
struct RetryScheduled {
  unsigned attempt;  ///< the one that will follow
  Error reason;
  Millis delay;
  bool lockstep;
};
/// The wire, for `-vv`; nonces and responses are already blotted out.
struct Traced {
  bool sent;
  std::string text;
};
using UploadEvent = std::
    variant<AttemptStarted, PhaseReached, Progressed, ConnectionRefused, RetryScheduled, Traced>;

struct TargetReport : delivery::Report {
  AuthScheme auth = AuthScheme::None;
};

class UploadObserver {
 public:
  virtual ~UploadObserver() = default;
  virtual void on_event(std::size_t target, const UploadEvent& event) = 0;
  virtual void on_report(std::size_t target, const TargetReport& report) = 0;
};

/// Uploads `image` to all targets and returns one report for each, in their order. SIGINT and
/// SIGTERM end it early: every socket is closed, and targets that were not finished report
/// Interrupted.
[[nodiscard]] std::vector<TargetReport> upload_all(Bytes image,
                                                   std::span<const Target> targets,
                                                   const UploadOptions& options,
                                                   UploadObserver& observer);

/// The UDP ports at which a target is invited: its own, its chip's, or both defaults.
[[nodiscard]] std::vector<std::uint16_t> device_ports(const Target& target);

/// What an upload to one target would do first.
struct TargetPlan {
  std::string name;
  std::vector<std::string> addresses;  ///< in the order in which they are tried
  std::vector<std::uint16_t> ports;
  std::string local_address;  ///< to which the device would connect back
  std::optional<Error> error;
};

/// Resolves the targets and finds the local addresses. Sends nothing to any device.
[[nodiscard]] std::vector<TargetPlan> plan_all(std::span<const Target> targets,
                                               const UploadOptions& options);

}  // namespace otatool::espota
