// Searching for devices by multicast DNS, or asking hosts by unicast: this host's sockets, and
// avahi-daemon if there is one. Publishes nothing, probes for no name, prints nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "otatool/error.hpp"
#include "otatool/mdns/device.hpp"
#include "otatool/result.hpp"

namespace otatool::mdns {

inline constexpr std::uint16_t kMdnsPort = 5353;

enum class Backend {
  Auto,    ///< own sockets, and avahi-daemon where it runs
  Native,  ///< own sockets alone
  Avahi,   ///< the daemon; own sockets only ask single devices whether they are alive
};

/// All services that other firmware than ArduinoOTA and ESPHome announces (discovery.md 1.2).
[[nodiscard]] std::vector<std::string> all_types();

struct BrowseOptions {
  std::vector<std::string> types{std::string(kArduinoType), std::string(kEsphomeType)};
  /// Leave out devices of `_http._tcp` that show no sign of updatable firmware (printers).
  bool only_updatable_http = false;
  Millis timeout{2'500};
  /// End as soon as so many devices were found.
  std::optional<std::size_t> count;
  /// Names as people write them (see is_named). Their hosts are asked for as well, so that a host
  /// without any service is found too; the search ends soon after each was found.
  std::vector<std::string> names;
  /// Addresses (literals) to ask by unicast at port 5353; nothing is multicast then. The search
  /// ends soon after each has answered.
  std::vector<std::string> hosts;
  /// Only these; empty: every interface that is up and can do multicast, loopback included.
  std::vector<std::string> interfaces;
  Backend backend = Backend::Auto;
  /// Never end; repeat queries and tell which devices are lost.
  bool watch = false;
  /// Trace each packet (BrowseTraced).
  bool trace = false;
  /// Where mDNS is spoken; another one for networks of one's own.
  std::uint16_t mdns_port = kMdnsPort;
};

// What happened.
struct DeviceFound {
  Device device;
};
/// Something that people see of it is different: addresses, port, TXT.
struct DeviceChanged {
  Device device;
};
/// It said goodbye, or was silent for two rounds and a question of its own.
struct DeviceLost {
  Device device;
};
/// An interface or the daemon cannot be used; the search goes on with the others.
struct BrowseWarning {
  std::string text;
};
struct BrowseTraced {
  std::string text;
};
/// The descriptor that next() was to look at can be read.
struct InputReady {};
/// The time given to next() has passed.
struct TimePassed {};
/// The daemon that was asked for does not run: the search is over.
struct BrowseFailed {
  Error error;
};
struct BrowseEnded {
  bool interrupted = false;  ///< by SIGINT or SIGTERM
};
using BrowseEvent = std::variant<DeviceFound,
                                 DeviceChanged,
                                 DeviceLost,
                                 BrowseWarning,
                                 BrowseTraced,
                                 InputReady,
                                 TimePassed,
                                 BrowseFailed,
                                 BrowseEnded>;

/// One interface and address family that was searched on; packets.
struct LinkReport {
  std::string interface;
  std::string address;  ///< of this host
  bool ipv6 = false;
  std::size_t sent = 0;
  std::size_t received = 0;
  std::size_t dropped = 0;  ///< not DNS, malformed, or from another port than mDNS's
  std::optional<Error> error = {};
};

/// One search. Not to be shared between threads; an object holds sockets until it is destroyed.
class Browser {
 public:
  /// Opens the sockets. NetworkFailed when there is nothing to multicast on; Usage for a type,
  /// address or interface that is none.
  [[nodiscard]] static Result<Browser> open(const BrowseOptions& options);
  Browser(Browser&&) noexcept;
  Browser& operator=(Browser&&) noexcept;
  ~Browser();

  /// Waits for the next event, at most `limit` if given. While it waits it also looks whether
  /// `input` (a file descriptor; -1: none) can be read. After BrowseEnded
  /// or BrowseFailed comes nothing else than BrowseEnded.
  [[nodiscard]] BrowseEvent next(std::optional<Millis> limit = std::nullopt, int input = -1);

  /// What is known now, ordered by name: devices that answered, then the stale ones.
  [[nodiscard]] std::vector<Device> devices() const;
  [[nodiscard]] std::vector<LinkReport> links() const;

 private:
  class State;
  explicit Browser(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

using BrowseObserver = std::function<void(const BrowseEvent&)>;

/// Runs a whole search and returns Browser::devices(); `observer`, if there is one, gets each
/// event. Interrupted after SIGINT or SIGTERM; otherwise fails as Browser::open() and BrowseFailed.
[[nodiscard]] Result<std::vector<Device>> browse(const BrowseOptions& options,
                                                 const BrowseObserver& observer = {});

}  // namespace otatool::mdns
