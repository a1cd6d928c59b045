#include "otatool/http/operations.hpp"

#include <utility>
#include <vector>

#include "otatool/http/update_rules.hpp"

namespace otatool::http {
namespace {

using Kind = fleet::Event::Kind;

/// What the end of a response with a verdict means for its device.
Kind kind_of(const RequestRecord& record) {
  const Account& account = record.account;
  if (account.image) {
    return !record.complete ? Kind::Interrupted : account.part ? Kind::Part : Kind::Downloaded;
  }
  switch (*account.verdict) {
    case Verdict::UpToDate:
      return Kind::UpToDate;
    case Verdict::Waiting:
      return Kind::Waiting;
    case Verdict::Blocked:
      return Kind::Blocked;
    case Verdict::NotForYou:
      return Kind::Refused;
    case Verdict::Send:
    case Verdict::SendVersion:
      break;
  }
  return Kind::Other;
}

}  // namespace

Operations::Operations(std::int64_t started, std::size_t most_devices) {
  facts_.started = started;
  facts_.now = started;
  facts_.fleet = fleet::Fleet(most_devices);
}

void Operations::set_time(std::int64_t now) {
  facts_.now = now;
  facts_.fleet.step(now);
}

std::optional<fleet::Event> Operations::event_of(const RequestRecord& record) const {
  const auto& device = record.account.device;
  const auto mac =
      device && record.account.verdict ? fleet::parse_mac(device->station_mac) : std::nullopt;
  if (!mac) {
    return std::nullopt;
  }
  fleet::Event event;
  event.time = facts_.now;
  event.mac = *mac;
  event.chip = device->family;
  event.slot = slot_of(*device);
  event.address = record.client;
  event.version = device->version;
  event.md5 = device->sketch_md5;
  event.offered = record.account.offered;
  event.reason = record.account.reason;
  event.status = record.status;
  event.bytes = record.bytes;
  event.runs = record.account.runs;
  event.waits = record.account.waits;
  event.waits_rule = record.account.waits_rule;
  return event;
}

void Operations::on_download_started(const RequestRecord& record) {
  ++facts_.downloads;
  ++facts_.changes;
  if (auto event = event_of(record)) {
    event->kind = Kind::Offered;
    event->image = facts_.fleet.shared(record.account.decided.value_or(fleet::Image()));
    facts_.fleet.apply(*event);
  }
}

void Operations::on_request(const RequestRecord& record) {
  ++facts_.responses[record.status];
  ++facts_.changes;
  facts_.sent_bytes += record.bytes;
  if (record.account.image) {
    facts_.downloads -= facts_.downloads > 0 ? 1 : 0;
    ++(record.complete ? facts_.complete_downloads : facts_.incomplete_downloads);
  }
  if (auto event = event_of(record)) {
    event->kind = kind_of(record);
    if (record.account.decided) {
      event->image = facts_.fleet.shared(*record.account.decided);
    }
    facts_.fleet.apply(*event);
  }
}

void Operations::on_catalogue(const Catalogue& catalogue) {
  ++facts_.changes;
  facts_.rules = catalogue.rules.size();
  facts_.names = catalogue.names;
  facts_.versions.clear();
  std::vector<fleet::PlannedRule> planned;
  for (const Rule& rule : catalogue.rules) {
    if (!rule.manifest.version.empty()) {
      facts_.versions.insert(rule.manifest.version);
    }
    if (rule.manifest.plan) {
      planned.push_back({.rule = rule.manifest.name,
                         .version = rule.manifest.version,
                         .plan = *rule.manifest.plan});
    }
  }
  facts_.fleet.set_rules(planned, facts_.now);
}

void Operations::on_reload(const std::string& problem) {
  facts_.problem = problem;
  ++(problem.empty() ? facts_.reloads : facts_.failed_reloads);
}

}  // namespace otatool::http
