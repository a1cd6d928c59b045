#include "tests/support/own_network.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

namespace otatool::test {
namespace {

std::string reason(const std::string& what) {
  return what + ": " + std::strerror(errno);
}

std::optional<std::string> bring_loopback_up() {
  const int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
  bool done = ioctl(handle, SIOCGIFFLAGS, &request) == 0;
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  done = done && ioctl(handle, SIOCSIFFLAGS, &request) == 0;
  auto failed = done ? std::nullopt : std::optional(reason("cannot bring up loopback"));
  close(handle);
  return failed;
}

}  // namespace

std::optional<std::string> enter_own_network() {
  if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
    return reason("no network namespace is permitted here");
  }
  return bring_loopback_up();
}

std::optional<std::string> enter_own_system() {
  if (geteuid() != 0) {
    return "avahi-daemon needs root";
  }
  if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0 ||
      mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount("tmpfs", "/run", "tmpfs", 0, nullptr) != 0) {
    return reason("no namespaces are permitted here");
  }
  return bring_loopback_up();
}

Outcome run_there(const std::string& script) {
  ProgramCall call{.program = "/bin/sh"};
  call.arguments = {"-ec", "PATH=$PATH:/sbin:/usr/sbin\n" + script};
  return run(call);
}

bool is_not_permitted(const Outcome& outcome) {
  constexpr std::array kWords = {"not permitted", "not supported", "Unknown device type"};
  return outcome.exit_code != 0 && std::ranges::any_of(kWords, [&outcome](const char* words) {
           return outcome.error.find(words) != std::string::npos;
         });
}

}  // namespace otatool::test
