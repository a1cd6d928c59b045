// Sees datagrams to the invitation port before the receiver.
#pragma once

#include "firmware/core/port.hpp"

namespace otatool::firmware {

class DatagramListener {
 public:
  /// True if it has handled the datagram, which then does not go to the receiver.
  virtual bool handles(const Endpoint& from, const char* bytes, size_t length) = 0;

 protected:
  ~DatagramListener() = default;
};

}  // namespace otatool::firmware
