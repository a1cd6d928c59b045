// The texts of doctor's advice. They may name options and commands.
#pragma once

#include <optional>
#include <string>

#include "otatool/doctor/findings.hpp"

namespace otatool::cli {

/// The values that the commands in an advice depend on.
struct AdviceContext {
  doctor::FirewallManager firewall = doctor::FirewallManager::Unknown;
  std::string device = {};  ///< its address; empty: any device
  /// The chain that drops the packets, if it is known.
  std::optional<doctor::NftChain> chain = std::nullopt;
};

/// Lower case, without a full stop; empty for Advice::None.
[[nodiscard]] std::string advice_text(doctor::Advice advice, const AdviceContext& context = {});

}  // namespace otatool::cli
