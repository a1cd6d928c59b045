#include "mdns/search/table_entry.hpp"

#include <algorithm>

#include "mdns/message/text.hpp"

namespace otatool::mdns {
namespace {

std::string type_text(const Name& type) {
  std::string text;
  for (const std::string& label : type.labels()) {
    if (!same_text(label, "local")) {
      text += (text.empty() ? "" : ".") + label;
    }
  }
  return text;
}

}  // namespace

void DeviceTable::Entry::update(const InstanceData& data, const Origin& origin, Millis now) {
  first_heard = stale ? now : first_heard;
  stale = false;
  service = data.service ? data.service : service;
  txt = data.txt ? data.txt : txt;
  pointer_ttl = data.pointer_ttl.value_or(pointer_ttl);
  heard[origin.link] = now;
  sources.insert(origin.source);
  last_source = to_text(origin.source, origin.interface);
  last_heard = now;
  goodbye_at.reset();
}

Device DeviceTable::Entry::device(Millis now) const {
  Device device;
  device.id = id;
  device.name = clean_text(instance.is_root() ? "" : instance.labels().front());
  device.type = clean_text(type_text(type));
  if (service) {
    device.host = clean_text(service->host.to_text());
    device.port = service->port;
  }
  device.txt = txt.value_or(std::vector<TxtPair>());
  device.first_heard = first_heard;
  device.last_heard = last_heard;
  device.age = now - last_heard;
  device.heard_from = last_source;
  device.stale = stale;
  return device;
}

bool differ(const Device& left, const Device& right) {
  return left.addresses != right.addresses || left.port != right.port || left.txt != right.txt ||
         left.host != right.host || left.name != right.name;
}

bool same_board(const std::vector<TxtPair>& left, const std::vector<TxtPair>& right) {
  const auto board_in = [](const std::vector<TxtPair>& pairs) {
    const auto found = std::ranges::find_if(
        pairs, [](const TxtPair& pair) { return same_text(pair.key, "board"); });
    return found == pairs.end() ? std::string() : found->value;
  };
  return board_in(left) == board_in(right);
}

bool same_service(const Service& left, const Service& right) {
  return left.port == right.port && left.host == right.host;
}

}  // namespace otatool::mdns
