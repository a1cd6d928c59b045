// The facts that an examination of this computer and of a device finds. probe.hpp gathers them,
// findings.hpp judges them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace otatool::doctor {

/// Result of a datagram that this computer sends to a multicast group that it has joined. The
/// datagram passes the firewall like one from outside, and never leaves this computer.
enum class Echo { NotTried, Heard, Dropped };

struct InterfaceFacts {
  std::string name;
  bool up = false;
  bool loopback = false;
  bool multicast = false;  ///< true for loopback too, whose flags do not say so
  bool point_to_point = false;
  std::vector<std::string> addresses;  ///< IPv4 first
  Echo mdns_echo = Echo::NotTried;     ///< at the mDNS port
  Echo other_echo = Echo::NotTried;    ///< at a random port
};

/// The owner of a UDP socket.
struct PortOwner {
  std::string program;  ///< empty if this user may not know
  std::uint32_t uid = 0;
  friend bool operator==(const PortOwner&, const PortOwner&) = default;
};

enum class Container { None, Docker, Podman, Kubernetes, Lxc, Other };

/// The environment in which this computer runs.
struct Surroundings {
  Container container = Container::None;
  bool wsl = false;
};

/// The program that manages the firewall rules of this computer.
enum class FirewallManager { Unknown, Ufw, Firewalld };

/// A chain of nftables.
struct NftChain {
  std::string family;
  std::string table;
  std::string chain;
  friend bool operator==(const NftChain&, const NftChain&) = default;
};

/// What the firewall rules of this computer do with a packet.
enum class Passage { Unknown, Accepted, Dropped };
struct RuleJudgement {
  Passage passage = Passage::Unknown;
  std::optional<NftChain> dropped_by = {};
};

/// The rules of nftables, which iptables uses too.
struct FirewallRules {
  std::optional<std::string> json;  ///< of `nft -j list ruleset`
  std::string failure;              ///< why they could not be read
  bool needs_root = false;          ///< the reason is that this user is not root
  bool legacy_tables = false;       ///< iptables-legacy has tables, which nft does not show
};

struct LocalFacts {
  std::vector<InterfaceFacts> interfaces;
  std::uint16_t mdns_port = 0;
  std::vector<PortOwner> mdns_owners;
  std::optional<std::string> mdns_failure;  ///< why another socket cannot share the mDNS port
  bool avahi_daemon = false;                ///< whether it runs
  Surroundings surroundings;
  FirewallManager firewall = FirewallManager::Unknown;
  FirewallRules rules;
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

/// A connection of this computer to its own address, to which the device would connect back. The
/// connection does not pass the firewall like one from outside.
struct ListenerTest {
  std::string address;
  std::optional<std::string> failure;
};

/// A service that the device announces by mDNS.
struct AnnouncedService {
  std::string name;
  std::string type;  ///< `_arduino._tcp`
  std::uint16_t port = 0;
  std::string board;
  std::optional<bool> auth;
  std::string capabilities;  ///< for people; may be empty
};

/// The firmware that the web server of the device belongs to.
struct WebFirmware {
  std::uint16_t port = 0;
  std::string text;     ///< for people: name and version
  bool chosen = false;  ///< `upload` uses its form; else only `push` does
};

struct HostFacts {
  std::string name;  ///< as the user wrote it
  std::vector<std::string> addresses;
  std::optional<std::string> resolve_failure;
  std::vector<std::string> namesakes;    ///< several devices of that name; none was examined
  std::string address;                   ///< the examined one
  std::string local_address;             ///< to which it would connect back; empty: no route
  std::optional<std::string> interface;  ///< the interface of local_address
  std::vector<AnnouncedService> services;
  std::vector<UdpProbe> udp;
  std::vector<TcpProbe> tcp;
  std::optional<WebFirmware> web;
  ListenerTest listener;
};

}  // namespace otatool::doctor
