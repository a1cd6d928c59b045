// Carries packets between two TUN interfaces with delay, loss and a limited rate, in a thread of
// its own. What `tc netem` would do where it does not exist.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "link/namespaces.hpp"

namespace otatool::bench {

struct LinkQuality {
  std::chrono::microseconds one_way_delay{0};
  double loss = 0;                    ///< share of packets lost in each direction, 0 to 1
  std::uint64_t bits_per_second = 0;  ///< in each direction; 0: unlimited
  std::uint64_t seed = 1;             ///< of the losses
};

class Carrier {
 public:
  /// Both descriptors must outlive the carrier.
  Carrier(int tun_a, int tun_b, LinkQuality quality);
  ~Carrier();
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

 private:
  void run(int tun_a, int tun_b, LinkQuality quality);

  Descriptor stop_;
  std::thread thread_;
};

}  // namespace otatool::bench
