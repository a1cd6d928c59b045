// Compares a packet with one match of an nftables rule.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "doctor/nft_rules.hpp"

namespace otatool::doctor {

enum class Truth { No, Maybe, Yes };

/// The elements of a named set, or null.
using FindSet = std::function<nlohmann::json(const std::string& name)>;

/// Whether `packet` satisfies {"op", "left", "right"}.
[[nodiscard]] Truth matches(const nlohmann::json& match,
                            const Packet& packet,
                            const FindSet& find_set);

/// Whether the field `left` of the packet equals `right`: a value, a set, a range or a prefix.
[[nodiscard]] Truth equals(const nlohmann::json& left,
                           const nlohmann::json& right,
                           const Packet& packet,
                           const FindSet& find_set);

}  // namespace otatool::doctor
