// Driver of the emulated board's Ethernet interface (OpenCores). Passes frames, knows no protocol.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace otatool::firmware::board {

constexpr size_t kMaxFrame = 1536;

void nic_begin(const uint8_t* mac_address);
/// Stops receiving and clears interrupts.
void nic_end();
/// True if a frame has been received.
bool nic_ready();
/// The oldest received frame, without its checksum; null if there is none. Valid until
/// nic_release().
const uint8_t* nic_frame(size_t& length);
void nic_release();
/// Buffer of kMaxFrame bytes for the frame that the next nic_send() transmits.
uint8_t* nic_outgoing();
void nic_send(size_t length);

}  // namespace otatool::firmware::board
