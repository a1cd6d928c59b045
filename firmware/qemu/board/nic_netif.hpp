// The board's Ethernet interface as one of lwIP's, with the fixed address of the emulator's
// network.
#pragma once

#include "lwip/netif.h"

namespace otatool::firmware::board {

/// Adds it and makes it the default. False when lwIP refuses.
bool add_network(netif& interface);
/// Hands over to lwIP what has arrived.
void receive_frames(netif& interface);

}  // namespace otatool::firmware::board
