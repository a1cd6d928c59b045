// Numbers of the DNS message format that reader and writer share (RFC 1035, RFC 6762 18).
#pragma once

#include <cstdint>

namespace otatool::mdns {

constexpr std::uint16_t kClassIn = 1;
/// Of the flags: it is a response. Of a question's class: a unicast reply is wanted; of a record's:
/// it replaces what caches hold.
constexpr std::uint16_t kTopBit = 0x8000;

}  // namespace otatool::mdns
