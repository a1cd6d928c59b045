// What an examination of this computer and of a device finds out. Values only: who gathers them
// stands in probe.hpp, what they mean in findings.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace otatool::doctor {

/// Whether a datagram of this computer to a group that it listens to came back in through an
/// interface. It passes the firewall as one from outside does, and never leaves the computer.
enum class Echo { NotTried, Heard, Dropped };

struct InterfaceFacts {
  std::string name;
  bool up = false;
  bool loopback = false;
  bool multicast = false;  ///< loopback can, although it does not say so
  bool point_to_point = false;
  std::vector<std::string> addresses;  ///< IPv4 first
  Echo mdns_echo = Echo::NotTried;     ///< at the port of mDNS
  Echo other_echo = Echo::NotTried;    ///< at a port that nobody knows
};

/// Who has a UDP socket at a port.
struct PortOwner {
  std::string program;  ///< empty: not ours to know
  std::uint32_t uid = 0;
  friend bool operator==(const PortOwner&, const PortOwner&) = default;
};

enum class Container { None, Docker, Podman, Kubernetes, Lxc, Other };

/// What this computer is.
struct Surroundings {
  Container container = Container::None;
  bool wsl = false;
};

struct LocalFacts {
  std::vector<InterfaceFacts> interfaces;
  std::uint16_t mdns_port = 0;
  std::vector<PortOwner> mdns_owners;
  std::optional<std::string> mdns_failure;  ///< why no further socket can have that port
  bool avahi_daemon = false;
  Surroundings surroundings;
};

enum class UdpState { Silent, Closed, Answered, Failed };
enum class TcpState { NoAnswer, Refused, Open, Failed };
struct UdpProbe {
  std::uint16_t port = 0;
  UdpState state = UdpState::Silent;
};
struct TcpProbe {
  std::uint16_t port = 0;
  TcpState state = TcpState::NoAnswer;
};

/// Whether a connection to the address that the device would connect back to gets through. It does
/// not pass the firewall as one from outside does.
struct ListenerTest {
  std::string address;
  std::optional<std::string> failure;
};

/// What the device says of itself by mDNS.
struct AnnouncedService {
  std::string name;
  std::string type;  ///< `_arduino._tcp`
  std::uint16_t port = 0;
  std::string board;
  std::optional<bool> auth;
  std::string capabilities;  ///< for people; may be empty
};

struct HostFacts {
  std::string name;  ///< as it was asked for
  std::vector<std::string> addresses;
  std::optional<std::string> resolve_failure;
  std::vector<std::string> namesakes;    ///< several devices of that name; nothing was examined
  std::string address;                   ///< the one that was examined
  std::string local_address;             ///< where it would connect back to; empty: no route
  std::optional<std::string> interface;  ///< that has local_address
  std::vector<AnnouncedService> services;
  std::vector<UdpProbe> udp;
  std::vector<TcpProbe> tcp;
  ListenerTest listener;
};

}  // namespace otatool::doctor
