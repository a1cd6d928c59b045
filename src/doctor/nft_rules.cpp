#include "doctor/nft_rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "doctor/nft_json.hpp"
#include "doctor/nft_match.hpp"

namespace otatool::doctor {

using nlohmann::json;

namespace {

NftChain chain_name(const json& object, const char* key) {
  return {text_at(object, "family"), text_at(object, "table"), text_at(object, key)};
}

std::string set_key(const NftChain& place, const std::string& name) {
  return place.family + " " + place.table + " " + name;
}

/// What can happen to a packet in a rule or a chain; several of these if it is not certain.
struct Outcome {
  bool accept = false;
  bool drop = false;
  bool next = false;   ///< the next rule decides
  bool leave = false;  ///< return to the calling chain

  void add(const Outcome& other) {
    accept |= other.accept;
    drop |= other.drop;
    next |= other.next;
    leave |= other.leave;
  }
};
constexpr Outcome kAnything{.accept = true, .drop = true, .next = true, .leave = true};
constexpr Outcome kNext{.accept = false, .drop = false, .next = true, .leave = false};
constexpr int kDeepest = 16;  ///< levels of jumps in nftables

}  // namespace

/// Follows one packet through the chains.
class Walk {
 public:
  Walk(const NftRules& rules, const Packet& packet) : rules_(rules), packet_(packet) {}

  [[nodiscard]] Outcome through(const NftRules::Chain& chain, int depth) const {
    Outcome outcome;
    for (const json& rule : chain.rules) {
      Outcome one = through_rule(rule, chain.name, depth);
      const bool more = std::exchange(one.next, false);
      outcome.add(one);
      if (!more) {
        return outcome;
      }
    }
    outcome.leave = true;
    return outcome;
  }

 private:
  [[nodiscard]] Outcome through_rule(const json& rule, const NftChain& place, int depth) const {
    bool certain = true;
    for (const json& statement : rule) {
      if (!statement.is_object() || statement.size() != 1) {
        return kAnything;
      }
      const std::string& kind = statement.begin().key();
      const json& body = statement.begin().value();
      if (kind == "match") {
        const Truth truth = matches(body, packet_, set_finder(place));
        if (truth == Truth::No) {
          return kNext;
        }
        certain = certain && truth == Truth::Yes;
      } else if (is_silent(kind)) {
        continue;
      } else if (kind == "limit" || kind == "xt") {
        certain = false;
      } else {
        Outcome outcome = verdict(kind, body, place, depth);
        outcome.next |= !certain;
        return outcome;
      }
    }
    const bool unknown_target = !rule.empty() && rule.back().contains("xt");
    return unknown_target ? kAnything : kNext;
  }

  /// Statements that do not decide about a packet.
  static bool is_silent(std::string_view kind) {
    constexpr std::array<std::string_view, 7> kSilent = {
        "counter", "log", "comment", "mangle", "notrack", "set", "meter"};
    return std::ranges::find(kSilent, kind) != kSilent.end();
  }

  [[nodiscard]] Outcome verdict(const std::string& kind,
                                const json& body,
                                const NftChain& place,
                                int depth) const {
    Outcome outcome;
    if (kind == "accept") {
      outcome.accept = true;
    } else if (kind == "drop" || kind == "reject") {
      outcome.drop = true;
    } else if (kind == "continue") {
      outcome.next = true;
    } else if (kind == "return") {
      outcome.leave = true;
    } else if (kind == "jump" || kind == "goto") {
      outcome = through_named({place.family, place.table, text_at(body, "target")}, depth);
      if (kind == "jump") {
        outcome.next = std::exchange(outcome.leave, false);
      }
    } else if (kind == "vmap") {
      outcome = through_map(body, place, depth);
    } else {
      outcome = kAnything;
    }
    return outcome;
  }

  [[nodiscard]] Outcome through_named(const NftChain& name, int depth) const {
    const auto found = std::ranges::find(rules_.chains_, name, &NftRules::Chain::name);
    return depth == kDeepest || found == rules_.chains_.end() ? kAnything
                                                              : through(*found, depth + 1);
  }

  /// `KEY vmap { VALUE : VERDICT, ... }`
  [[nodiscard]] Outcome through_map(const json& map, const NftChain& place, int depth) const {
    json entries;
    if (const auto data = map.find("data"); data != map.end()) {
      entries = data->is_string() ? set_finder(place)(data->get<std::string>().substr(1))
                                  : list_at(*data, "set");
    }
    if (!entries.is_array() || !map.contains("key")) {
      return kAnything;
    }
    Outcome outcome;
    for (const json& entry : entries) {
      if (!entry.is_array() || entry.size() != 2 || !entry[1].is_object() || entry[1].empty()) {
        return kAnything;
      }
      const Truth truth = equals(map["key"], entry[0], packet_, set_finder(place));
      if (truth == Truth::No) {
        continue;
      }
      outcome.add(verdict(entry[1].begin().key(), entry[1].begin().value(), place, depth));
      if (truth == Truth::Yes) {
        return outcome;
      }
    }
    outcome.next = true;
    return outcome;
  }

  [[nodiscard]] FindSet set_finder(const NftChain& place) const {
    return [this, place](const std::string& name) {
      const auto found = rules_.sets_.find(set_key(place, name));
      return found == rules_.sets_.end() ? json() : found->second;
    };
  }

  const NftRules& rules_;
  const Packet& packet_;
};

std::optional<NftRules> NftRules::parse(std::string_view json_text) {
  const json document = json::parse(json_text, nullptr, false);
  const auto list = document.find("nftables");
  if (!document.is_object() || list == document.end() || !list->is_array()) {
    return std::nullopt;
  }
  NftRules rules;
  for (const json& object : *list) {
    if (!object.is_object() || object.size() != 1 || !object.begin().value().is_object()) {
      continue;
    }
    const std::string& kind = object.begin().key();
    const json& body = object.begin().value();
    if (kind == "chain") {
      rules.chains_.push_back(
          {.name = chain_name(body, "name"),
           .hook = text_at(body, "type") == "filter" ? text_at(body, "hook") : std::string(),
           .priority = number_at(body, "prio"),
           .drops = text_at(body, "policy") == "drop",
           .rules = {}});
    } else if (kind == "rule") {
      const auto chain = std::ranges::find(rules.chains_, chain_name(body, "chain"), &Chain::name);
      if (chain != rules.chains_.end()) {
        chain->rules.push_back(list_at(body, "expr"));
      }
    } else if (kind == "set" || kind == "map") {
      rules.sets_[set_key(chain_name(body, "name"), text_at(body, "name"))] = list_at(body, "elem");
    }
  }
  // A packet for this computer passes prerouting first.
  std::ranges::stable_sort(rules.chains_, {}, [](const Chain& chain) {
    return std::pair(chain.hook != "prerouting", chain.priority);
  });
  return rules;
}

RuleJudgement NftRules::judge(const Packet& packet) const {
  const Walk walk(*this, packet);
  RuleJudgement judgement{.passage = Passage::Accepted, .dropped_by = {}};
  for (const Chain& chain : chains_) {
    const bool hooked = chain.hook == "prerouting" || chain.hook == "input";
    const bool same_family =
        chain.name.family == "inet" || chain.name.family == (packet.ipv6 ? "ip6" : "ip");
    if (!hooked || !same_family) {
      continue;
    }
    Outcome outcome = walk.through(chain, 0);
    const bool by_policy = outcome.next || outcome.leave;
    outcome.drop |= by_policy && chain.drops;
    outcome.accept |= by_policy && !chain.drops;
    if (outcome.drop && !outcome.accept) {
      return {.passage = Passage::Dropped, .dropped_by = chain.name};
    }
    if (outcome.drop) {
      judgement.passage = Passage::Unknown;
    }
  }
  return judgement;
}

}  // namespace otatool::doctor
