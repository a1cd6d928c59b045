// Answers the datagram `version` with one line: what runs, and whether it is on trial.
#pragma once

#include "firmware/core/trial.hpp"
#include "firmware/port/lwip/lwip_link.hpp"

namespace otatool::firmware {

class VersionAnswer final : public DatagramListener {
 public:
  explicit VersionAnswer(const Trial& trial) : trial_(trial) {}
  /// The link to answer through; before that every datagram is the receiver's.
  void use(Link& link) { link_ = &link; }

  bool take(const Endpoint& from, const char* bytes, size_t length) override;

 private:
  const Trial& trial_;
  Link* link_ = nullptr;
};

}  // namespace otatool::firmware
