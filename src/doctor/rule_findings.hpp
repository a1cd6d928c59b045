// Judges the firewall rules: what they do with the packets that an upload needs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "otatool/doctor/facts.hpp"
#include "otatool/doctor/findings.hpp"

namespace otatool::doctor {

/// The judgements of the packets from one device.
struct DeviceJudgement {
  RuleJudgement connection;   ///< to a free TCP port, which the kernel chooses
  RuleJudgement chosen_port;  ///< to TCP port 8267, which the advice names
  RuleJudgement reply;        ///< by UDP
};

/// For the device at `source`; an empty `source` is any device. Nothing if the rules are unknown.
[[nodiscard]] std::optional<DeviceJudgement> judge_device(const FirewallRules& rules,
                                                          const std::string& interface,
                                                          const std::string& source,
                                                          const std::string& own_address);

/// One finding for each interface that reaches a network, or one that says why there is none.
[[nodiscard]] std::vector<Finding> rule_findings(const LocalFacts& facts);

}  // namespace otatool::doctor
