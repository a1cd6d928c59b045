// Sending one image to the web forms of one or many devices: every target in one thread, each over
// its own connections. Prints nothing; what happens is told to an observer, what came out is
// returned.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/delivery/report.hpp"
#include "otatool/error.hpp"
#include "otatool/http/authorization.hpp"
#include "otatool/http/tls_settings.hpp"
#include "otatool/http/url.hpp"
#include "otatool/result.hpp"

namespace otatool::http {

struct PushTarget {
  std::string name;  ///< as the user wrote it, without a password; names the target in every report
  Url url;
  std::optional<Login> login;  ///< proven only when the device asks, or in advance by Basic
  /// Literals to connect to, in this order; empty: what the system resolves the host of `url` to.
  std::vector<std::string> addresses = {};
};

struct PushTiming {
  std::chrono::milliseconds answer{30'000};  ///< for a connection, and for the form's page
  std::chrono::milliseconds stall{60'000};   ///< without a byte that the device takes or sends
};

struct PushOptions {
  std::string field = "firmware";  ///< or `filesystem` (espota.md 5.1)
  std::string file_name = "firmware.bin";
  TlsClientSettings tls;
  PushTiming timing;
  unsigned retries = 2;  ///< attempts after the first one
  std::size_t jobs = 4;  ///< targets under way at once
};

// What happens to a target on the way.
struct PushStarted {
  unsigned attempt;  ///< from 1
  std::string address;
};
enum class PushPhase { Connecting, AskingForPage, Sending, AwaitingVerdict };
struct PushPhaseReached {
  PushPhase phase;
};
/// The image is about to be sent with this proof.
struct PushAuthorized {
  AuthScheme scheme;
};
struct PushProgressed {
  std::size_t delivered;  ///< bytes of the image that the device's TCP has taken
};
struct PushRetryScheduled {
  unsigned attempt;  ///< the one that will follow
  Error reason;
  std::chrono::milliseconds delay;
};
/// Headers as they went over the wire, for `-vv`; what proves the password is blotted out.
struct PushTraced {
  bool sent;
  std::string text;
};
using PushEvent = std::variant<PushStarted,
                               PushPhaseReached,
                               PushAuthorized,
                               PushProgressed,
                               PushRetryScheduled,
                               PushTraced>;

struct PushReport : delivery::Report {
  AuthScheme auth = AuthScheme::None;
};

class PushObserver {
 public:
  virtual ~PushObserver() = default;
  virtual void on_event(std::size_t target, const PushEvent& event) = 0;
  virtual void on_report(std::size_t target, const PushReport& report) = 0;
};

/// Sends `image` to all targets and returns one report for each, in their order. SIGINT and SIGTERM
/// end it early: every connection is reset, and targets that were not finished report Interrupted.
/// Fails with KeyUnusable when the certificates of `options.tls` cannot be used.
[[nodiscard]] Result<std::vector<PushReport>> push_all(Bytes image,
                                                       std::span<const PushTarget> targets,
                                                       const PushOptions& options,
                                                       PushObserver& observer);

}  // namespace otatool::http
