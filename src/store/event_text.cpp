#include "store/event_text.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "store/stored_values.hpp"

namespace otatool::store {
namespace {

using fleet::Event;
using fleet::Slot;
using nlohmann::json;

json to_json(const Event& event) {
  json array = {static_cast<int>(event.kind),
                event.time,
                event.mac.number,
                storable(std::string(to_string(event.chip))),
                static_cast<int>(event.slot),
                storable(event.address),
                storable(event.version),
                storable(event.md5),
                storable(event.offered),
                storable(event.reason),
                event.status,
                event.bytes,
                storable(event.waits_rule),
                event.waits,
                event.attempt,
                event.polls};
  if (event.image) {
    array.push_back(storable(event.image->rule));
    array.push_back(storable(event.image->version));
    array.push_back(event.image->sha256);
    array.push_back(event.image->md5);
    array.push_back(event.retried);
  }
  return array;
}

/// Takes the values of an array one after the other; throws what the JSON library throws.
class Elements {
 public:
  explicit Elements(const json& array) : array_(array) {}

  template <typename Value>
  void take(Value& value) {
    value = array_.at(next_++).get<Value>();
  }
  [[nodiscard]] bool more() const { return next_ < array_.size(); }

 private:
  const json& array_;
  std::size_t next_ = 0;
};

Event event_of(const json& array) {
  Elements elements(array);
  Event event;
  int kind = 0;
  int slot = 0;
  std::string chip;
  elements.take(kind);
  elements.take(event.time);
  elements.take(event.mac.number);
  elements.take(chip);
  elements.take(slot);
  elements.take(event.address);
  elements.take(event.version);
  elements.take(event.md5);
  elements.take(event.offered);
  elements.take(event.reason);
  elements.take(event.status);
  elements.take(event.bytes);
  elements.take(event.waits_rule);
  elements.take(event.waits);
  elements.take(event.attempt);
  elements.take(event.polls);
  const bool known = kind >= 0 && kind <= static_cast<int>(Event::Kind::Other);
  event.kind = known ? static_cast<Event::Kind>(kind) : Event::Kind::Other;
  event.slot = slot == 1 ? Slot::Filesystem : Slot::Sketch;
  event.chip = chip_of(chip);
  if (elements.more()) {
    fleet::Image image;
    elements.take(image.rule);
    elements.take(image.version);
    elements.take(image.sha256);
    elements.take(image.md5);
    if (elements.more()) {
      elements.take(event.retried);
    }
    event.image = std::make_shared<const fleet::Image>(std::move(image));
  }
  return event;
}

}  // namespace

std::string to_line(const EventBatch& batch) {
  json events = json::array();
  for (const Event& event : batch.events) {
    events.push_back(to_json(event));
  }
  return json({{"source", batch.source}, {"number", batch.number}, {"events", std::move(events)}})
      .dump();
}

std::optional<EventBatch> parse_line(std::string_view line) {
  try {
    const json object = json::parse(line);
    EventBatch batch;
    batch.source = object.at("source").get<std::string>();
    batch.number = object.at("number").get<std::uint64_t>();
    for (const json& event : object.at("events")) {
      batch.events.push_back(event_of(event));
    }
    return batch;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace otatool::store
