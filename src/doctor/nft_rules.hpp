// Judges whether the rules of nftables let a packet in. Reads the JSON of `nft -j list ruleset`
// (libnftables-json(5)); runs no program.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/doctor/facts.hpp"

namespace otatool::doctor {

/// A packet that arrives at this computer.
struct Packet {
  std::string interface;
  bool tcp = false;
  bool ipv6 = false;
  std::string source;  ///< empty: any device
  std::string destination;
  /// The port at this computer is one of these.
  std::uint16_t first_port = 0;
  std::uint16_t last_port = 0;
  bool is_reply = false;  ///< to a packet of this computer
  bool multicast = false;
};

class NftRules {
 public:
  /// Nothing if `json_text` is not the output of nft.
  [[nodiscard]] static std::optional<NftRules> parse(std::string_view json_text);

  /// The judgement of all filter chains that a packet for this computer passes. Unknown if it
  /// depends on something that the rules do not show.
  [[nodiscard]] RuleJudgement judge(const Packet& packet) const;

 private:
  struct Chain {
    NftChain name;
    std::string hook;  ///< empty: only reached by jumps
    std::int64_t priority = 0;
    bool drops = false;  ///< its policy
    std::vector<nlohmann::json> rules;
  };
  friend class Walk;

  std::vector<Chain> chains_;
  std::map<std::string, nlohmann::json> sets_;  ///< elements by `FAMILY TABLE NAME`
};

}  // namespace otatool::doctor
