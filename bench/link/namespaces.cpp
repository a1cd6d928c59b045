#include "link/namespaces.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace otatool::bench {
namespace {

tl::unexpected<Error> system_failure(const std::string& what) {
  return fail(Errc::NetworkFailed, what + ": " + std::strerror(errno));
}

ifreq request_for(const char* interface) {
  ifreq request{};
  std::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
  return request;
}

sockaddr ipv4(const std::string& text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  inet_pton(AF_INET, text.c_str(), &address.sin_addr);
  sockaddr generic{};
  std::memcpy(&generic, &address, sizeof generic);
  return generic;
}

bool bring_up(int socket, const char* interface) {
  ifreq request = request_for(interface);
  if (ioctl(socket, SIOCGIFFLAGS, &request) != 0) {
    return false;
  }
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP | IFF_RUNNING);
  return ioctl(socket, SIOCSIFFLAGS, &request) == 0;
}

Result<Descriptor> open_tun(const std::string& address, int mtu) {
  Descriptor tun(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  ifreq request = request_for("tun0");
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (tun.get() < 0 || ioctl(tun.get(), TUNSETIFF, &request) != 0) {
    return system_failure("cannot make a TUN interface");
  }
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq own = request_for("tun0");
  own.ifr_addr = ipv4(address);
  ifreq mask = request_for("tun0");
  mask.ifr_netmask = ipv4("255.255.255.0");
  ifreq size = request_for("tun0");
  size.ifr_mtu = mtu;
  if (ioctl(socket.get(), SIOCSIFADDR, &own) != 0 ||
      ioctl(socket.get(), SIOCSIFNETMASK, &mask) != 0 ||
      ioctl(socket.get(), SIOCSIFMTU, &size) != 0 || !bring_up(socket.get(), "tun0") ||
      !bring_up(socket.get(), "lo")) {
    return system_failure("cannot configure a TUN interface");
  }
  return tun;
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}
Descriptor::~Descriptor() {
  if (number_ >= 0) {
    close(number_);
  }
}

Result<Namespace> make_namespace(const std::string& address, int mtu) {
  const Descriptor before(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (before.get() < 0 || unshare(CLONE_NEWNET) != 0) {
    return system_failure("cannot make a network namespace");
  }
  Descriptor handle(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  Result<Descriptor> tun = open_tun(address, mtu);
  if (setns(before.get(), CLONE_NEWNET) != 0) {
    return system_failure("cannot return to the first network namespace");
  }
  if (!tun) {
    return fail(tun.error());
  }
  return Namespace{std::move(handle), std::move(*tun)};
}

}  // namespace otatool::bench
