#include "doctor/surroundings.hpp"

#include <gmock/gmock.h>

namespace otatool::doctor {
namespace {

TEST(Surroundings, NoTracesMeanNoContainer) {
  const Surroundings plain = recognise_surroundings(
      {.kernel_version = "Linux version 6.1.0-13-amd64 (debian-kernel@lists.debian.org)",
       .first_process_groups = "0::/init.scope\n",
       .container_variable = ""});
  EXPECT_EQ(plain.container, Container::None);
  EXPECT_FALSE(plain.wsl);
}

TEST(Surroundings, RecognisesContainersByTheirTraces) {
  const auto container = [](const Traces& traces) {
    return recognise_surroundings(traces).container;
  };
  Traces docker;
  docker.docker_file = true;
  EXPECT_EQ(container(docker), Container::Docker);
  Traces old_docker;
  old_docker.first_process_groups = "12:pids:/docker/0123abcd\n";
  EXPECT_EQ(container(old_docker), Container::Docker);
  Traces podman;
  podman.container_variable = "podman";
  EXPECT_EQ(container(podman), Container::Podman);
  Traces podman_file;
  podman_file.podman_file = true;
  EXPECT_EQ(container(podman_file), Container::Podman);
  Traces pod;
  pod.kubernetes_variable = true;
  pod.docker_file = true;
  EXPECT_EQ(container(pod), Container::Kubernetes);
  Traces lxc;
  lxc.container_variable = "lxc";
  EXPECT_EQ(container(lxc), Container::Lxc);
  Traces other;
  other.container_variable = "systemd-nspawn";
  EXPECT_EQ(container(other), Container::Other);
}

TEST(Surroundings, RecognisesWslByItsKernel) {
  Traces traces;
  traces.kernel_version = "Linux version 5.15.90.1-microsoft-standard-WSL2 (oe-user@oe-host)";
  EXPECT_TRUE(recognise_surroundings(traces).wsl);
}

TEST(Firewall, RecognisesItsManager) {
  EXPECT_EQ(recognise_firewall("", false), FirewallManager::Unknown);
  EXPECT_EQ(recognise_firewall("# comment\nENABLED=no\n", false), FirewallManager::Unknown);
  EXPECT_EQ(recognise_firewall("# comment\nENABLED=yes\nLOGLEVEL=low\n", false),
            FirewallManager::Ufw);
  EXPECT_EQ(recognise_firewall("# ENABLED=yes\n", false), FirewallManager::Unknown);
  EXPECT_EQ(recognise_firewall("", true), FirewallManager::Firewalld);
}

constexpr std::string_view kTable =
    "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode ref pointer drops\n"
    "  412: 00000000:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000   108        0 "
    "23456 2 0000000000000000 0\n"
    "  413: 0100007F:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 "
    "99 2 0000000000000000 0\n"
    "  500: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 "
    "77 2 0000000000000000 0\n";

TEST(UdpTable, FindsTheSocketsAtAPort) {
  const auto entries = sockets_at_port(kTable, 5353);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].uid, 108U);
  EXPECT_EQ(entries[0].inode, 23456U);
  EXPECT_EQ(entries[1].uid, 1000U);
  EXPECT_TRUE(sockets_at_port(kTable, 54).empty());
}

TEST(UdpTable, ReadsIpv6Addresses) {
  const auto entries = sockets_at_port(
      "  1: 00000000000000000000000000000000:14E9 00000000000000000000000000000000:0000 07 "
      "00000000:00000000 00:00000000 00000000 0 0 5 2 0 0\n",
      5353);
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].inode, 5U);
}

TEST(UdpTable, SkipsMalformedLines) {
  for (std::size_t length = 0; length < kTable.size(); ++length) {
    EXPECT_LE(sockets_at_port(kTable.substr(0, length), 5353).size(), 2U);
  }
  EXPECT_TRUE(sockets_at_port("a b c d e f g h i j\n", 5353).empty());
  EXPECT_TRUE(sockets_at_port("1: 0:14E9 0 0 0 0 0 99999999999 0 1\n", 5353).empty());
}

}  // namespace
}  // namespace otatool::doctor
