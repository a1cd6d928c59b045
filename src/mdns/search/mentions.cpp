#include "mdns/search/mentions.hpp"

#include <algorithm>
#include <array>

#include "mdns/message/text.hpp"

namespace otatool::mdns {
namespace {

using Mentions = std::map<Name, Mention>;

void take_pointer(const Record& record,
                  const Pointer& pointer,
                  const Interest& interest,
                  Mentions& mentions) {
  const auto type = interest.type_of(pointer.target);
  if (type && *type == record.name) {
    Mention& mention = mentions[pointer.target];
    mention.goodbye = mention.goodbye || record.ttl == 0;
    mention.pointer_ttl = record.ttl;
  }
}

void take_record(const Record& record, const Interest& interest, Mentions& mentions) {
  if (const auto* pointer = std::get_if<Pointer>(&record.data)) {
    take_pointer(record, *pointer, interest, mentions);
  } else if (address_in(record)) {
    if (record.ttl > 0 && std::ranges::find(interest.hosts, record.name) != interest.hosts.end()) {
      mentions[record.name];
    }
  } else if (const auto* service = std::get_if<Service>(&record.data)) {
    if (interest.type_of(record.name)) {
      Mention& mention = mentions[record.name];
      mention.goodbye = mention.goodbye || record.ttl == 0;
      mention.service = *service;
    }
  } else if (const auto* text = std::get_if<Text>(&record.data)) {
    if (record.ttl > 0 && interest.type_of(record.name)) {
      mentions[record.name].txt = txt_pairs(*text);
    }
  }
}

}  // namespace

std::optional<Name> Interest::type_of(const Name& instance) const {
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

std::map<Name, Mention> mentions_in(const Message& response, const Interest& interest) {
  const std::array sections = {&response.answers, &response.additionals};
  Mentions mentions;
  std::map<Name, std::vector<Ip>> addresses;
  for (const auto* section : sections) {
    for (const Record& record : *section) {
      take_record(record, interest, mentions);
      if (const auto address = address_in(record); address && record.ttl > 0) {
        addresses[record.name].push_back(*address);
      }
    }
  }
  for (auto& [instance, mention] : mentions) {
    const auto own = addresses.find(mention.service ? mention.service->host : instance);
    if (own != addresses.end()) {
      mention.addresses = own->second;
    }
  }
  return mentions;
}

}  // namespace otatool::mdns
