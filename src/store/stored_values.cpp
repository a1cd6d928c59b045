#include "store/stored_values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "otatool/number.hpp"
#include "otatool/utf8.hpp"

namespace otatool::store {
namespace {

using fleet::Device;
using fleet::History;
using fleet::Mac;
using fleet::Progress;
using fleet::Rollout;
using fleet::Slot;

template <typename Number>
Value number(Number value) {
  return static_cast<std::int64_t>(value);
}

/// Reads the columns of a row one after the other.
class Columns {
 public:
  explicit Columns(const Row& row, int first = 0) : row_(row), next_(first) {}

  template <typename Number>
  void take(Number& value) {
    value = static_cast<Number>(row_.number(next_++));
  }
  void take(bool& value) { value = row_.number(next_++) != 0; }
  void take(std::string& value) { value = row_.text(next_++); }
  [[nodiscard]] std::string text() { return row_.text(next_++); }

 private:
  const Row& row_;
  int next_;
};

std::vector<unsigned> stages_of(std::string_view text) {
  std::vector<unsigned> stages;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    stages.push_back(parse_number<unsigned>(text.substr(0, end)).value_or(0));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return stages;
}

}  // namespace

ChipFamily chip_of(std::string_view text) {
  for (const ChipFamily chip : {ChipFamily::Esp8266, ChipFamily::Esp32}) {
    if (text == to_string(chip)) {
      return chip;
    }
  }
  return ChipFamily::Unknown;
}

std::string storable(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const Utf8Character next = first_utf8_character(text);
    if (next.valid && next.code != 0) {
      clean += text.substr(0, next.length);
    } else {
      clean += '?';
    }
    text.remove_prefix(next.length);
  }
  return clean;
}

Values values_of(const Device& device) {
  return {number(device.mac.number),
          std::string(to_string(device.chip)),
          number(device.slot),
          std::string(to_string(device.state)),
          number(device.state_since),
          storable(device.address),
          storable(device.version),
          storable(device.md5),
          storable(device.offered),
          storable(device.reason),
          number(device.status),
          number(device.requests),
          number(device.downloads),
          number(device.seen),
          storable(device.waits_rule)};
}

Values values_of(Mac mac, Slot slot, const Progress& progress) {
  return {number(mac.number),
          number(slot),
          storable(progress.image->rule),
          storable(progress.image->version),
          progress.image->sha256,
          progress.image->md5,
          number(progress.downloads),
          number(progress.not_applied),
          number(progress.downloaded),
          number(progress.attempt),
          number(progress.pending),
          number(progress.confirmed),
          number(progress.refused)};
}

Values values_of(const Rollout& rollout) {
  return {storable(rollout.rule),
          storable(rollout.version),
          fmt::format("{}", fmt::join(rollout.plan.stages, ",")),
          number(rollout.plan.stage_time),
          number(rollout.plan.stage_confirmed),
          number(rollout.plan.halt_failures_permille),
          std::string(to_string(rollout.phase)),
          number(rollout.percent),
          number(rollout.elapsed),
          number(rollout.changed),
          storable(rollout.reason),
          number(rollout.retried),
          number(rollout.excused_downloaded),
          number(rollout.attempt),
          number(rollout.active),
          number(rollout.revision)};
}

Values values_of(const History& history) {
  return {number(history.time),
          number(history.mac.number),
          storable(history.rule),
          history.kind,
          storable(history.from),
          storable(history.to),
          number(history.bytes),
          storable(history.reason),
          storable(history.user)};
}

Device device_of(const Row& row) {
  Columns columns(row);
  Device device;
  columns.take(device.mac.number);
  device.chip = chip_of(columns.text());
  columns.take(device.slot);
  device.slot = device.slot == Slot::Filesystem ? Slot::Filesystem : Slot::Sketch;
  device.state = fleet::parse_state(columns.text()).value_or(fleet::State::Unknown);
  columns.take(device.state_since);
  columns.take(device.address);
  columns.take(device.version);
  columns.take(device.md5);
  columns.take(device.offered);
  columns.take(device.reason);
  columns.take(device.status);
  columns.take(device.requests);
  columns.take(device.downloads);
  columns.take(device.seen);
  columns.take(device.waits_rule);
  return device;
}

Progress progress_of(const Row& row, int first) {
  Columns columns(row, first);
  Progress progress;
  fleet::Image image;
  columns.take(image.rule);
  columns.take(image.version);
  columns.take(image.sha256);
  columns.take(image.md5);
  if (image.sha256.empty()) {
    return progress;
  }
  columns.take(progress.downloads);
  columns.take(progress.not_applied);
  columns.take(progress.downloaded);
  columns.take(progress.attempt);
  columns.take(progress.pending);
  columns.take(progress.confirmed);
  columns.take(progress.refused);
  progress.image = std::make_shared<const fleet::Image>(std::move(image));
  return progress;
}

Rollout rollout_of(const Row& row) {
  Columns columns(row);
  Rollout rollout;
  columns.take(rollout.rule);
  columns.take(rollout.version);
  rollout.plan.stages = stages_of(columns.text());
  columns.take(rollout.plan.stage_time);
  columns.take(rollout.plan.stage_confirmed);
  columns.take(rollout.plan.halt_failures_permille);
  rollout.phase = fleet::parse_phase(columns.text()).value_or(fleet::Phase::Paused);
  columns.take(rollout.percent);
  columns.take(rollout.elapsed);
  columns.take(rollout.changed);
  columns.take(rollout.reason);
  columns.take(rollout.retried);
  columns.take(rollout.excused_downloaded);
  columns.take(rollout.attempt);
  columns.take(rollout.active);
  columns.take(rollout.revision);
  return rollout;
}

History history_of(const Row& row) {
  Columns columns(row);
  History history;
  columns.take(history.time);
  columns.take(history.mac.number);
  columns.take(history.rule);
  columns.take(history.kind);
  columns.take(history.from);
  columns.take(history.to);
  columns.take(history.bytes);
  columns.take(history.reason);
  columns.take(history.user);
  return history;
}

}  // namespace otatool::store
