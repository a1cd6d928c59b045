// Announces a service of this computer by multicast DNS during the lifetime of an object. Prints
// nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "otatool/result.hpp"

namespace otatool::announce {

/// Options of an announcement by multicast DNS (discovery.md 1.1).
struct AnnounceOptions {
  /// Name of the service instance, UTF-8, at most 63 bytes; the host name is derived from it. Empty
  /// for a device: the name that the cores use.
  std::string name;
  /// Interfaces to announce on; empty: those with the bind address.
  std::vector<std::string> interfaces;
  /// UDP port of mDNS; another one for isolated test networks.
  std::uint16_t mdns_port = 5353;
};

/// The announced names.
struct Announced {
  std::string name;
  std::string host;  ///< without `.local`
  std::vector<std::string> interfaces;
};

/// The service to announce.
struct Service {
  std::string type;              ///< without `._tcp`: `_http`
  std::string address;           ///< listening address, an IPv4 or IPv6 literal
  std::uint16_t port = 0;        ///< TCP
  std::vector<std::string> txt;  ///< `key=value`, each of at most 255 bytes
};

/// The host name for a service name: every character except letters and digits becomes a hyphen.
[[nodiscard]] std::string host_label(const std::string& name);

/// Answers queries in a thread of its own; works beside an avahi-daemon.
class AnnouncedService {
 public:
  AnnouncedService(Service service, AnnounceOptions options);
  AnnouncedService(const AnnouncedService&) = delete;
  AnnouncedService& operator=(const AnnouncedService&) = delete;
  /// Sends goodbye.
  ~AnnouncedService();

  /// To be called once; waits almost a second until the name, or the next free one, is confirmed.
  /// Usage for an invalid address, NotFound for a missing interface, ListenFailed without a usable
  /// one.
  [[nodiscard]] Result<Announced> start();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace otatool::announce
