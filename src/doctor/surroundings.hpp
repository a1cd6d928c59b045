// Recognises containers and WSL by their traces, and reads the kernel's table of UDP sockets. Does
// not read files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/doctor/facts.hpp"

namespace otatool::doctor {

/// Traces of containers and WSL.
struct Traces {
  std::string kernel_version;        ///< /proc/version
  std::string first_process_groups;  ///< /proc/1/cgroup
  std::string container_variable;    ///< `container` in the environment
  bool docker_file = false;          ///< /.dockerenv
  bool podman_file = false;          ///< /run/.containerenv
  bool kubernetes_variable = false;  ///< KUBERNETES_SERVICE_HOST in the environment
};
[[nodiscard]] Surroundings recognise_surroundings(const Traces& traces);

/// `ufw_configuration`: the text of /etc/ufw/ufw.conf, empty if there is none.
[[nodiscard]] FirewallManager recognise_firewall(std::string_view ufw_configuration,
                                                 bool firewalld_runs);

struct UdpSocketEntry {
  std::uint32_t uid = 0;
  std::uint64_t inode = 0;
};
/// The sockets at this local port in the text of /proc/net/udp or udp6. Malformed lines are
/// skipped.
[[nodiscard]] std::vector<UdpSocketEntry> sockets_at_port(std::string_view table,
                                                          std::uint16_t port);

}  // namespace otatool::doctor
