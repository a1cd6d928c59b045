// The ICMP errors that datagrams of a UDP socket have caused. Linux only.
#pragma once

#include <vector>

#include "otatool/espota/session.hpp"

namespace otatool::espota {

/// Takes the errors from the queue of `socket`, which has the option IP_RECVERR or IPV6_RECVERR, as
/// PortUnreachable and HostUnreachable.
[[nodiscard]] std::vector<Event> read_icmp_errors(int socket);

}  // namespace otatool::espota
