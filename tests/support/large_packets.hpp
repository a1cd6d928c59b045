// A network that drops large packets without an ICMP error, as some VPNs do.
#pragma once

namespace otatool::test {

/// A script for run_there(). Without gso_max_segs the rule would see several small segments as one
/// large packet.
inline constexpr const char* kDropLargePackets =
    "ip link set lo gso_max_segs 1\n"
    "nft add table inet f\n"
    "nft 'add chain inet f in { type filter hook input priority 0; }'\n"
    "nft add rule inet f in meta length gt 1280 drop\n";

}  // namespace otatool::test
