// A service of this computer, made known by multicast DNS as long as an object lives. Prints
// nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "otatool/result.hpp"

namespace otatool::announce {

/// How something makes itself known by multicast DNS (discovery.md 1.1).
struct AnnounceOptions {
  /// The service instance, UTF-8, at most 63 bytes; the host name is made of it. A device without
  /// one calls itself as the cores do.
  std::string name;
  /// Where to announce; empty: on the interfaces that have the bind address.
  std::vector<std::string> interfaces;
  /// Where mDNS is spoken; another one for networks of one's own.
  std::uint16_t mdns_port = 5353;
};

/// What was made known.
struct Announced {
  std::string name;
  std::string host;  ///< without `.local`
  std::vector<std::string> interfaces;
};

/// What there is to be found.
struct Service {
  std::string type;              ///< without `._tcp`: `_http`
  std::string address;           ///< the IPv4 or IPv6 literal that it listens at
  std::uint16_t port = 0;        ///< TCP
  std::vector<std::string> txt;  ///< `key=value`, each of at most 255 bytes
};

/// The host name that goes with a name: everything but letters, digits and hyphens is replaced.
[[nodiscard]] std::string host_label(const std::string& name);

/// Answers questions in a thread of its own, beside an avahi-daemon if there is one.
class AnnouncedService {
 public:
  AnnouncedService(Service service, AnnounceOptions options);
  AnnouncedService(const AnnouncedService&) = delete;
  AnnouncedService& operator=(const AnnouncedService&) = delete;
  /// Says goodbye.
  ~AnnouncedService();

  /// To be called once; waits until the name, or the next one that nobody has, is ours: most of a
  /// second. Usage for an address that is none, NotFound for an interface that does not exist,
  /// ListenFailed if there is none to be used.
  [[nodiscard]] Result<Announced> start();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace otatool::announce
