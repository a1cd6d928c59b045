// Searches for devices by multicast DNS, or asks hosts by unicast, with sockets of its own and
// through avahi-daemon if it runs. Publishes no records. Prints nothing.
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
  Auto,    ///< own sockets, and avahi-daemon if it runs
  Native,  ///< only own sockets
  Avahi,   ///< avahi-daemon; own sockets only ask its stale devices by unicast
};

/// The service types of all firmwares that take updates (discovery.md 1.2).
[[nodiscard]] std::vector<std::string> all_types();

struct BrowseOptions {
  std::vector<std::string> types{std::string(kArduinoType), std::string(kEsphomeType)};
  /// Skip devices of `_http._tcp` without signs of an updatable firmware, such as printers.
  bool only_updatable_http = false;
  Millis timeout{2'500};
  /// End once this number of devices is found.
  std::optional<std::size_t> count;
  /// Names as users write them (see is_named). The search also queries their hosts, so that it
  /// finds a host without a service. It ends soon after all are found.
  std::vector<std::string> names;
  /// IP literals to ask by unicast; the search then sends no multicast. It ends soon after each has
  /// answered or told that it has no responder.
  std::vector<std::string> hosts;
  /// Use only these; empty: every interface that is up and supports multicast, with loopback.
  std::vector<std::string> interfaces;
  Backend backend = Backend::Auto;
  /// Never end; repeat the queries and report lost devices.
  bool watch = false;
  /// Trace each packet (BrowseTraced).
  bool trace = false;
  /// The mDNS port; isolated test networks can use another one.
  std::uint16_t mdns_port = kMdnsPort;
};

/// How long a search that asks this number of hosts by unicast takes: their rate is limited.
[[nodiscard]] Millis unicast_search_time(std::size_t hosts);

// Events.
struct DeviceFound {
  Device device;
};
/// A field that users see has changed: addresses, port, TXT.
struct DeviceChanged {
  Device device;
};
/// The device said goodbye, or has not answered in two rounds and to a unicast query.
struct DeviceLost {
  Device device;
};
/// Nothing listens on the mDNS port of this one of BrowseOptions::hosts, says its ICMP message.
struct ResponderMissing {
  std::string host;
};
/// An interface cannot be used; the search continues on the others.
struct BrowseWarning {
  std::string text;
};
struct BrowseTraced {
  std::string text;
};
/// The descriptor given to next() can be read.
struct InputReady {};
/// The time given to next() has passed.
struct TimePassed {};
/// Backend::Avahi was requested but does not work: the search has ended.
struct BrowseFailed {
  Error error;
  bool library_missing = false;  ///< libavahi-client is not installed
};
struct BrowseEnded {
  bool interrupted = false;  ///< by SIGINT or SIGTERM
};
using BrowseEvent = std::variant<DeviceFound,
                                 DeviceChanged,
                                 DeviceLost,
                                 ResponderMissing,
                                 BrowseWarning,
                                 BrowseTraced,
                                 InputReady,
                                 TimePassed,
                                 BrowseFailed,
                                 BrowseEnded>;

/// The packets of one interface and address family.
struct LinkReport {
  std::string interface;
  std::string address;  ///< of this host
  bool ipv6 = false;
  bool loopback = false;
  std::size_t sent = 0;
  std::size_t received = 0;
  std::size_t looped = 0;   ///< queries of this host that came back in through the interface
  std::size_t dropped = 0;  ///< not DNS, malformed, or not from the mDNS port
  std::size_t lost = 0;     ///< came in faster than the search takes them
  std::optional<Error> error = {};
};

/// One search. For one thread; the object holds sockets until it is destroyed.
class Browser {
 public:
  /// Opens the sockets. NetworkFailed if no interface supports multicast; Usage for an invalid
  /// type, address or interface.
  [[nodiscard]] static Result<Browser> open(const BrowseOptions& options);
  Browser(Browser&&) noexcept;
  Browser& operator=(Browser&&) noexcept;
  ~Browser();

  /// Waits for the next event, at most `limit` if given, or until the file descriptor `input` (-1:
  /// none) can be read. After BrowseEnded or BrowseFailed all events are BrowseEnded.
  [[nodiscard]] BrowseEvent next(std::optional<Millis> limit = std::nullopt, int input = -1);

  /// The devices known now, sorted by name: first those that answered, then stale ones.
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
