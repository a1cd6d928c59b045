#include <algorithm>

#include "mdns/search/querier.hpp"

namespace otatool::mdns {
namespace {

/// An ESP32 may delay its answer by 100 ms; wait that long for a second device with the same name.
constexpr Millis kSettling{130};

}  // namespace

/// True if every name that is searched for has answered; without names, every host that has a
/// responder.
bool Querier::all_found() const {
  const std::vector<Device> devices = table_.devices(now_);
  const auto is_found = [&devices](const std::string& name) {
    return std::ranges::any_of(devices,
                               [&name](const Device& device) { return answers_to(device, name); });
  };
  const auto has_answered = [this, &devices](const std::string& host) {
    return without_responder_.contains(host) ||
           std::ranges::any_of(devices,
                               [&host](const Device& device) { return is_at(device, host); });
  };
  return plan_.names.empty() ? std::ranges::all_of(plan_.hosts, has_answered)
                             : std::ranges::all_of(plan_.names, is_found);
}

/// True if all_found() has been true for kSettling. Keep waiting for a device that said goodbye: it
/// may be restarting.
bool Querier::is_settled(bool changed) {
  const bool due = settled_at_ && *settled_at_ <= now_;
  const bool has_targets = !plan_.names.empty() || !plan_.hosts.empty();
  if (!has_targets || !(changed || due)) {
    return false;
  }
  if (all_found()) {
    settled_at_ = settled_at_.value_or(now_ + kSettling);
    return *settled_at_ <= now_;
  }
  settled_at_ = settled_at_ ? std::optional(now_ + kSettling) : std::nullopt;
  return false;
}

void Querier::conclude(Step& step) {
  step.changes = table_.take_changes(now_);
  if (!plan_.watch) {
    const bool settled = is_settled(!step.changes.empty() || step.without_responder);
    const bool enough = plan_.count && table_.found() >= *plan_.count;
    step.done = enough || now_ >= plan_.timeout || settled;
    if (step.done && !enough) {
      table_.stop_waiting();
      std::ranges::move(table_.take_changes(now_), std::back_inserter(step.changes));
    }
  }
  step.deadline = jobs_.begin()->first;
  if (const auto table_deadline = table_.next_deadline()) {
    step.deadline = std::min(step.deadline, *table_deadline);
  }
  if (!plan_.watch) {
    step.deadline = std::min({step.deadline, plan_.timeout, settled_at_.value_or(plan_.timeout)});
  }
}

}  // namespace otatool::mdns
