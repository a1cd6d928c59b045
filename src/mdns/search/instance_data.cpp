#include "mdns/search/instance_data.hpp"

#include <algorithm>
#include <array>

#include "mdns/message/text.hpp"

namespace otatool::mdns {
namespace {

using Instances = std::map<Name, InstanceData>;

void take_pointer(const Record& record,
                  const Pointer& pointer,
                  const SearchScope& scope,
                  Instances& instances) {
  const auto type = scope.type_of(pointer.target);
  if (type && *type == record.name) {
    InstanceData& data = instances[pointer.target];
    data.goodbye = data.goodbye || record.ttl == 0;
    data.pointer_ttl = record.ttl;
  }
}

void take_record(const Record& record, const SearchScope& scope, Instances& instances) {
  if (const auto* pointer = std::get_if<Pointer>(&record.data)) {
    take_pointer(record, *pointer, scope, instances);
  } else if (address_in(record)) {
    if (record.ttl > 0 && std::ranges::find(scope.hosts, record.name) != scope.hosts.end()) {
      instances[record.name];
    }
  } else if (const auto* service = std::get_if<Service>(&record.data)) {
    if (scope.type_of(record.name)) {
      InstanceData& data = instances[record.name];
      data.goodbye = data.goodbye || record.ttl == 0;
      data.service = *service;
    }
  } else if (const auto* text = std::get_if<Text>(&record.data)) {
    if (record.ttl > 0 && scope.type_of(record.name)) {
      instances[record.name].txt = txt_pairs(*text);
    }
  }
}

}  // namespace

std::optional<Name> SearchScope::type_of(const Name& instance) const {
  for (const Name& type : types) {
    if (instance.labels().size() == type.labels().size() + 1 && instance.is_below(type)) {
      return type;
    }
  }
  return std::nullopt;
}

std::optional<Ip> address_in(const Record& record) {
  if (const auto* ipv4 = std::get_if<Ipv4>(&record.data)) {
    return Ip(*ipv4);
  }
  if (const auto* ipv6 = std::get_if<Ipv6>(&record.data)) {
    return Ip(*ipv6);
  }
  return std::nullopt;
}

std::map<Name, InstanceData> parse_instances(const Message& response, const SearchScope& scope) {
  const std::array sections = {&response.answers, &response.additionals};
  Instances instances;
  std::map<Name, std::vector<Ip>> addresses;
  for (const auto* section : sections) {
    for (const Record& record : *section) {
      take_record(record, scope, instances);
      if (const auto address = address_in(record); address && record.ttl > 0) {
        addresses[record.name].push_back(*address);
      }
    }
  }
  for (auto& [instance, data] : instances) {
    const auto own = addresses.find(data.service ? data.service->host : instance);
    if (own != addresses.end()) {
      data.addresses = own->second;
    }
  }
  return instances;
}

}  // namespace otatool::mdns
