// Reads the firewall rules of this computer. Only root may do so.
#pragma once

#include "otatool/doctor/facts.hpp"

namespace otatool::doctor {

/// Runs nft for at most five seconds.
[[nodiscard]] FirewallRules read_firewall_rules();

}  // namespace otatool::doctor
