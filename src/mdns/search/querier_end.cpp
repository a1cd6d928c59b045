#include <algorithm>

#include "mdns/search/querier.hpp"

namespace otatool::mdns {
namespace {

/// ESP32s wait up to 100 ms before they answer: so long another device of the same name is waited
/// for.
constexpr Millis kSettling{130};

}  // namespace

/// Whether everybody who was asked for has been found.
bool Querier::has_everybody() const {
  const std::vector<Device> devices = table_.devices(now_);
  const auto is_found = [&devices](const std::string& name) {
    return std::ranges::any_of(devices,
                               [&name](const Device& device) { return answers_to(device, name); });
  };
  const auto has_answered = [&devices](const std::string& host) {
    return std::ranges::any_of(devices,
                               [&host](const Device& device) { return is_at(device, host); });
  };
  return std::ranges::all_of(plan_.names, is_found) &&
         std::ranges::all_of(plan_.hosts, has_answered);
}

/// Whether all who were asked for are there, and nothing else came in a while. Whoever said goodbye
/// meanwhile is waited for again: it may just have restarted.
bool Querier::has_settled(bool changed) {
  const bool due = done_at_ && *done_at_ <= now_;
  const bool wants_someone = !plan_.names.empty() || !plan_.hosts.empty();
  if (!wants_someone || !(changed || due)) {
    return false;
  }
  if (has_everybody()) {
    done_at_ = done_at_.value_or(now_ + kSettling);
    return *done_at_ <= now_;
  }
  done_at_ = done_at_ ? std::optional(now_ + kSettling) : std::nullopt;
  return false;
}

void Querier::conclude(Step& step) {
  step.changes = table_.take_changes(now_);
  if (!plan_.watch) {
    const bool settled = has_settled(!step.changes.empty());
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
    step.deadline = std::min({step.deadline, plan_.timeout, done_at_.value_or(plan_.timeout)});
  }
}

}  // namespace otatool::mdns
