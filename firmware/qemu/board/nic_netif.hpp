// The board's Ethernet interface as a netif of lwIP, with the fixed address of the emulator's
// network.
#pragma once

#include "lwip/netif.h"

namespace otatool::firmware::board {

/// Adds the interface and makes it the default. False if lwIP refuses it.
bool add_network(netif& interface);
/// Passes received frames to lwIP.
void receive_frames(netif& interface);

}  // namespace otatool::firmware::board
