// The emulated board's Ethernet interface (OpenCores): frames in and out by copying. No protocol.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace otatool::firmware::board {

constexpr size_t kMaxFrame = 1536;

void nic_begin(const uint8_t* mac_address);
/// Nothing arrives any more, and no interrupt is pending.
void nic_end();
/// Whether a frame waits.
bool nic_ready();
/// The frame that came first, without its checksum; null when there is none. It stays where it is
/// until nic_release().
const uint8_t* nic_frame(size_t& length);
void nic_release();
/// Memory for a frame of up to kMaxFrame bytes, to be filled and sent at once.
uint8_t* nic_outgoing();
void nic_send(size_t length);

}  // namespace otatool::firmware::board
