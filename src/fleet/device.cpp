#include "otatool/fleet/device.hpp"

#include <fmt/format.h>

namespace otatool::fleet {
namespace {

using Kind = Event::Kind;

bool is_ask(Kind kind) {
  return kind != Kind::Downloaded && kind != Kind::Part && kind != Kind::Interrupted;
}

/// What a request says about the last download. True if it had no effect.
bool settle(Progress& progress, Runs runs) {
  if (progress.downloads == 0 || runs == Runs::Unknown) {
    return false;
  }
  if (runs == Runs::Yes) {
    progress.confirmed = true;
    progress.not_applied = 0;
    progress.refused = false;
    progress.pending = false;
    return false;
  }
  // A device that once ran the image and now runs another has gone back.
  const bool failed = progress.pending || progress.confirmed;
  progress.not_applied += failed ? 1 : 0;
  progress.pending = false;
  progress.confirmed = false;
  return failed;
}

void begin_offer(Progress& progress, const Event& event, std::uint32_t attempt) {
  const bool same = progress.image && event.image && *progress.image == *event.image;
  if (!same) {
    progress = Progress();
    progress.image = event.image;
  }
  // The attempt of a failure stays.
  progress.attempt = progress.failed() ? progress.attempt : attempt;
}

State after_offer(const Progress& progress, State otherwise) {
  return progress.not_applied > 0 ? State::NotApplied : otherwise;
}

State after_download(Device& device, Progress& progress, const Event& event) {
  ++device.downloads;
  ++progress.downloads;
  progress.downloaded = event.time;
  progress.pending = true;
  progress.refused = false;
  return after_offer(progress, State::Downloaded);
}

State after_waiting(const Progress& progress, const Event& event) {
  const bool same_rule =
      progress.image && !event.waits_rule.empty() && progress.image->rule == event.waits_rule;
  return same_rule && progress.failed() ? State::NotApplied : State::Waiting;
}

State after_up_to_date(Progress& progress, const Event& event) {
  if (event.waits) {
    return after_waiting(progress, event);
  }
  // A device may be up to date with another version than the downloaded one.
  const bool downloaded = event.runs != Runs::No && progress.downloads > 0 && progress.image &&
                          event.image && progress.image->sha256 == event.image->sha256;
  progress.confirmed = progress.confirmed || downloaded;
  forget_failures(progress);
  progress.pending = false;
  return progress.confirmed ? State::Confirmed : State::Current;
}

State after_refusal(Progress& progress) {
  if (progress.pending) {
    progress.refused = true;
    progress.pending = false;
  }
  return State::Refused;
}

State state_after(Device& device, Progress& progress, const Event& event, bool failed) {
  switch (event.kind) {
    case Kind::Offered:
      return after_offer(progress, State::Offered);
    case Kind::Downloaded:
      return after_download(device, progress, event);
    case Kind::Interrupted:
      return State::Interrupted;
    case Kind::UpToDate:
      return after_up_to_date(progress, event);
    case Kind::Waiting:
      return after_waiting(progress, event);
    case Kind::Blocked:
      // Whether the downloads of the device had an effect may be unknown.
      return after_offer(progress, State::Downloaded);
    case Kind::Refused:
      return after_refusal(progress);
    case Kind::Part:
    case Kind::Other:
      break;
  }
  return failed ? State::NotApplied : device.state;
}

void take_facts(Device& device, const Event& event) {
  device.chip = event.chip;
  device.slot = event.slot;
  device.address = event.address;
  device.version = event.version;
  device.md5 = event.md5;
  device.offered = event.offered;
  device.reason = event.reason;
  device.status = event.status;
  device.seen = event.time;
  if (is_ask(event.kind)) {
    device.waits_rule = event.waits ? event.waits_rule : std::string();
  }
}

History history_of(const Event& event, std::string_view kind) {
  return {.time = event.time,
          .mac = event.mac,
          .rule = event.image ? event.image->rule : event.waits_rule,
          .kind = std::string(kind),
          .from = event.version,
          .to = event.offered,
          .bytes = event.bytes,
          .reason = event.reason,
          .user = {}};
}

}  // namespace

std::vector<History> apply(Device& device, const Event& event, std::uint32_t attempt) {
  Progress& progress = device.at(event.slot);
  const State before = device.state;
  const bool had_failed = progress.failed();
  const bool failed = is_ask(event.kind) && settle(progress, event.runs);
  take_facts(device, event);
  if (event.kind == Kind::Interrupted) {
    device.reason = fmt::format("broke off after {} bytes", event.bytes);
  }
  std::vector<History> history;
  if (event.kind == Kind::Offered || (event.kind == Kind::Downloaded && !progress.image)) {
    begin_offer(progress, event, attempt);
  }
  device.requests += event.polls + (event.kind == Kind::Offered ? 0 : 1);
  device.state = state_after(device, progress, event, failed);
  if (progress.failed() && !had_failed) {
    progress.attempt = attempt;
  }
  if (device.state != before) {
    device.state_since = event.time;
  }
  const bool transfer = event.kind == Kind::Offered || event.kind == Kind::Downloaded ||
                        event.kind == Kind::Interrupted;
  const bool told = failed && (event.kind != Kind::UpToDate || device.state == State::NotApplied);
  if (told) {
    history.push_back(history_of(event, to_string(State::NotApplied)));
  }
  if (transfer) {
    const State word = event.kind == Kind::Offered      ? State::Offered
                       : event.kind == Kind::Downloaded ? State::Downloaded
                                                        : State::Interrupted;
    history.push_back(history_of(event, to_string(word)));
  } else if (device.state != before && !(told && device.state == State::NotApplied)) {
    history.push_back(history_of(event, to_string(device.state)));
  }
  return history;
}

bool is_blocked(const Progress& progress,
                Runs runs,
                const std::string& sha256,
                const AttemptLimit& limit,
                std::int64_t now) {
  // The request itself may show that the last download had no effect.
  const std::uint32_t failed =
      runs == Runs::Unknown ? progress.downloads
                            : progress.not_applied + (progress.pending && runs == Runs::No ? 1 : 0);
  return progress.image && progress.image->sha256 == sha256 && !progress.confirmed &&
         failed >= limit.attempts && now >= progress.downloaded &&
         now - progress.downloaded < limit.retry_after;
}

void forget_failures(Progress& progress) {
  progress.not_applied = 0;
  progress.refused = false;
}

}  // namespace otatool::fleet
