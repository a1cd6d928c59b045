#include "otatool/fleet/merge.hpp"

#include <algorithm>
#include <utility>

namespace otatool::fleet {
namespace {

using Kind = Event::Kind;

/// Seconds by which times of two servers may differ: within them the order of arrival counts.
constexpr std::int64_t kTolerance = 2;

bool is_same_rollout(const Progress& progress, const Event& event) {
  return progress.image && event.image && progress.image->rule == event.image->rule &&
         progress.image->version == event.image->version;
}

void forget_older_attempt(Progress& progress, const Event& event) {
  if (is_same_rollout(progress, event) && event.retried > progress.attempt) {
    forget_failures(progress);
    progress.attempt = event.attempt;
  }
}

/// The device has asked since: whether it runs the image is known already.
void add_late_download(Device& device, const Event& event, const RunsImage& runs) {
  Progress& progress = device.at(event.slot);
  ++device.downloads;
  if (!progress.image || *progress.image != *event.image) {
    return;
  }
  ++progress.downloads;
  progress.downloaded = std::max(progress.downloaded, event.time);
  const bool asked = device.slot == event.slot;
  if (asked && runs(device.slot, device.version, device.md5, *progress.image) == Runs::Yes) {
    progress.confirmed = true;
    forget_failures(progress);
    device.state = device.state == State::Current ? State::Confirmed : device.state;
  }
  // Otherwise the next request shows it.
  progress.pending = !progress.confirmed;
}

std::vector<History> merge_late(Device& device, const Event& event, const RunsImage& runs) {
  Progress& progress = device.at(event.slot);
  device.requests += event.polls + (event.kind == Kind::Offered ? 0 : 1);
  const bool transfer = event.kind == Kind::Offered || event.kind == Kind::Downloaded ||
                        event.kind == Kind::Interrupted;
  if (!transfer || !event.image) {
    return {};
  }
  if (!progress.image) {
    progress.image = event.image;
    progress.attempt = event.attempt;
  }
  const bool confirmed = progress.confirmed;
  if (event.kind == Kind::Downloaded) {
    add_late_download(device, event, runs);
  }
  const State word = event.kind == Kind::Offered      ? State::Offered
                     : event.kind == Kind::Downloaded ? State::Downloaded
                                                      : State::Interrupted;
  std::vector<History> history = {{.time = event.time,
                                   .mac = event.mac,
                                   .rule = event.image->rule,
                                   .kind = std::string(to_string(word)),
                                   .from = event.version,
                                   .to = event.offered,
                                   .bytes = event.bytes,
                                   .reason = event.reason,
                                   .user = {}}};
  if (progress.confirmed && !confirmed) {
    // The request that confirms was merged before the download.
    History confirmation = history.front();
    confirmation.kind = to_string(State::Confirmed);
    confirmation.from = device.version;
    confirmation.bytes = 0;
    history.push_back(std::move(confirmation));
  }
  return history;
}

}  // namespace

std::vector<History> merge(Device& stored, Event event, const RunsImage& runs, std::int64_t now) {
  stored.mac = event.mac;
  Progress& progress = stored.at(event.slot);
  forget_older_attempt(progress, event);
  const bool other_image = event.kind == Kind::Downloaded && progress.image && event.image &&
                           *progress.image != *event.image;
  const bool late = event.time + kTolerance < stored.seen && stored.seen <= now + kTolerance;
  if (late || other_image) {
    return merge_late(stored, event, runs);
  }
  event.runs =
      progress.image ? runs(event.slot, event.version, event.md5, *progress.image) : Runs::Unknown;
  return apply(stored, event, event.attempt);
}

}  // namespace otatool::fleet
