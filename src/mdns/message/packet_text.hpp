// Describes sent and received packets in one line each, for traces. No printing.
#pragma once

#include <string>

#include "mdns/search/querier.hpp"

namespace otatool::mdns {

/// `> shared eth0 ? PTR ...`; `link` is the interface of a multicast.
[[nodiscard]] std::string describe_sent(const Transmission& transmission, const std::string& link);

/// `< eth0 192.0.2.7 ! PTR ...`, or the error of a malformed packet.
[[nodiscard]] std::string describe_received(const PacketReceived& received);

}  // namespace otatool::mdns
