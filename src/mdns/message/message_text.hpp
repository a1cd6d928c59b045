// Describes a message in one line, for traces. Texts from the packet are cleaned. No printing.
#pragma once

#include <string>

#include "otatool/mdns/message.hpp"

namespace otatool::mdns {

/// `? PTR _arduino._tcp.local`, `! PTR x._arduino._tcp.local, SRV kitchen.local:8266, ...`
[[nodiscard]] std::string describe(const Message& message);

}  // namespace otatool::mdns
