// Answers the datagram `version` with one line: the running version, and `on trial` or `confirmed`.
#pragma once

#include "firmware/core/boot/trial.hpp"
#include "firmware/port/lwip/lwip_link.hpp"

namespace otatool::firmware {

class VersionAnswer final : public DatagramListener {
 public:
  explicit VersionAnswer(const Trial& trial) : trial_(trial) {}
  /// Sets the link for the answers. Until then, no datagram is handled here.
  void use(Link& link) { link_ = &link; }

  bool handles(const Endpoint& from, const char* bytes, size_t length) override;

 private:
  const Trial& trial_;
  Link* link_ = nullptr;
};

}  // namespace otatool::firmware
