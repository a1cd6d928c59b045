#include "doctor/surroundings.hpp"

#include <algorithm>
#include <optional>

#include "otatool/ascii.hpp"
#include "otatool/number.hpp"

namespace otatool::doctor {
namespace {

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

Container recognise_container(const Traces& traces) {
  const std::string_view groups = traces.first_process_groups;
  if (traces.kubernetes_variable || holds(groups, "kubepods")) {
    return Container::Kubernetes;
  }
  if (traces.podman_file || traces.container_variable == "podman" || holds(groups, "libpod")) {
    return Container::Podman;
  }
  if (traces.docker_file || holds(groups, "docker")) {
    return Container::Docker;
  }
  if (holds(traces.container_variable, "lxc") || holds(groups, "/lxc")) {
    return Container::Lxc;
  }
  return traces.container_variable.empty() ? Container::None : Container::Other;
}

/// The word at `index`; spaces separate words. Empty if there are fewer.
std::string_view word(std::string_view line, std::size_t index) {
  for (;;) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    const std::string_view found = line.substr(0, line.find(' '));
    if (index-- == 0 || found.empty()) {
      return found;
    }
    line.remove_prefix(found.size());
  }
}

}  // namespace

Surroundings recognise_surroundings(const Traces& traces) {
  return {recognise_container(traces), holds(lower_case(traces.kernel_version), "microsoft")};
}

FirewallManager recognise_firewall(std::string_view ufw_configuration, bool firewalld_runs) {
  if (firewalld_runs) {
    return FirewallManager::Firewalld;
  }
  const std::string text = "\n" + lower_case(ufw_configuration);
  return holds(text, "\nenabled=yes") ? FirewallManager::Ufw : FirewallManager::Unknown;
}

std::vector<UdpSocketEntry> sockets_at_port(std::string_view table, std::uint16_t port) {
  constexpr std::size_t kLocalAddress = 1;
  constexpr std::size_t kUid = 7;
  constexpr std::size_t kInode = 9;
  std::vector<UdpSocketEntry> entries;
  while (!table.empty()) {
    const std::string_view line = table.substr(0, table.find('\n'));
    table.remove_prefix(std::min(table.size(), line.size() + 1));
    const std::string_view local = word(line, kLocalAddress);
    const auto at_port =
        parse_number<std::uint64_t>(local.substr(std::min(local.size(), local.find(':') + 1)), 16);
    const auto uid = parse_number<std::uint32_t>(word(line, kUid));
    const auto inode = parse_number<std::uint64_t>(word(line, kInode));
    if (holds(local, ":") && at_port == port && uid && inode) {
      entries.push_back({*uid, *inode});
    }
  }
  return entries;
}

}  // namespace otatool::doctor
