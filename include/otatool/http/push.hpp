// Sends one image to the web forms of devices, all targets in one thread. Prints nothing: events go
// to an observer, and the results are returned.
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
  std::string name;  ///< as given by the user, without a password; used in every report
  Url url;
  std::optional<Login>
      login;  ///< used when the device asks, or at once with PushOptions::auth Basic
  /// Addresses to connect to, in this order; empty: resolve the host of `url`.
  std::vector<std::string> addresses = {};
};

struct PushTiming {
  std::chrono::milliseconds response{30'000};  ///< for a connection, and for the form's page
  std::chrono::milliseconds stall{60'000};     ///< without a byte in either direction
};

struct PushOptions {
  std::string field = "firmware";  ///< or `filesystem` (espota.md 5.1)
  std::string file_name = "firmware.bin";
  /// Basic: send the login unasked. Digest: respond to Digest challenges only. Nothing: respond to
  /// the strongest challenge.
  std::optional<AuthScheme> auth;
  TlsClientSettings tls;
  PushTiming timing;
  unsigned retries = 2;  ///< attempts after the first one
  std::size_t jobs = 4;  ///< targets at the same time
};

// Events of a target.
struct PushStarted {
  unsigned attempt;  ///< from 1
  std::string address;
};
enum class PushPhase { Connecting, AskingForPage, Sending, AwaitingVerdict };
struct PushPhaseReached {
  PushPhase phase;
};
/// The image is about to be sent with this authentication.
struct PushAuthorized {
  AuthScheme scheme;
};
struct PushProgressed {
  std::size_t delivered;  ///< bytes of the image that the device's TCP acknowledged
};
struct PushRetryScheduled {
  unsigned attempt;  ///< number of the next attempt
  Error reason;
  std::chrono::milliseconds delay;
  bool small_segments;  ///< see delivery::RetryAdvice
};
/// A header as transferred, for `-vv`; credentials are redacted.
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

/// Sends `image` to all targets and returns one report per target, in order. SIGINT and SIGTERM
/// reset every connection; unfinished targets report Interrupted. KeyUnusable if the certificates
/// of `options.tls` are unusable.
[[nodiscard]] Result<std::vector<PushReport>> push_all(Bytes image,
                                                       std::span<const PushTarget> targets,
                                                       const PushOptions& options,
                                                       PushObserver& observer);

}  // namespace otatool::http
