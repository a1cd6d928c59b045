// Two network namespaces, each with one TUN interface whose packets are ours to carry.
// Linux only; needs CAP_NET_ADMIN. Nothing leaves the machine.
#pragma once

#include <optional>
#include <string>

#include "otatool/result.hpp"

namespace otatool::bench {

/// An owned file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

/// One end of the link: a namespace that holds loopback and `tun0` with one address.
struct Namespace {
  Descriptor handle;  ///< for setns
  Descriptor tun;     ///< packets without any header
};

/// Makes a namespace whose tun0 has `address` in a /24 and `mtu` bytes. NetworkFailed with the
/// reason where that is not permitted.
[[nodiscard]] Result<Namespace> make_namespace(const std::string& address, int mtu);

}  // namespace otatool::bench
