#include "doctor/nft_match.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <variant>

#include "doctor/ip_address.hpp"
#include "doctor/nft_json.hpp"

namespace otatool::doctor {
namespace {

using nlohmann::json;

struct Ports {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// What a match compares: a word, ports or an address. NotThere: the packet has no such field.
/// Hidden: it cannot be known.
struct NotThere {};
struct Hidden {};
using Field = std::variant<Hidden, NotThere, std::string, Ports, IpAddress>;

Field address_field(const std::string& text) {
  const auto address = parse_ip_address(text.substr(0, text.find('%')));
  return address ? Field(*address) : Field(Hidden());
}

Field meta_field(const std::string& key, const Packet& packet) {
  if (key == "iif" || key == "iifname") {
    return packet.interface;
  }
  if (key == "l4proto") {
    return std::string(packet.tcp ? "tcp" : "udp");
  }
  if (key == "nfproto") {
    return std::string(packet.ipv6 ? "ipv6" : "ipv4");
  }
  if (key == "protocol") {
    return std::string(packet.ipv6 ? "ip6" : "ip");
  }
  if (key == "pkttype") {
    return std::string(packet.multicast ? "multicast" : "host");
  }
  return Hidden();
}

Field ip_field(const std::string& field, const Packet& packet) {
  if (field == "saddr") {
    return packet.source.empty() ? Field(Hidden()) : address_field(packet.source);
  }
  if (field == "daddr") {
    return address_field(packet.destination);
  }
  if (field == "protocol" || field == "nexthdr") {
    return std::string(packet.tcp ? "tcp" : "udp");
  }
  return Hidden();
}

Field payload_field(const json& payload, const Packet& packet) {
  const std::string protocol = text_at(payload, "protocol");
  const std::string field = text_at(payload, "field");
  if (protocol == "ip" || protocol == "ip6") {
    return (protocol == "ip6") == packet.ipv6 ? ip_field(field, packet) : NotThere();
  }
  const bool transport = protocol == "th" || protocol == (packet.tcp ? "tcp" : "udp");
  if (!transport) {
    return protocol.empty() ? Field(Hidden()) : Field(NotThere());
  }
  return field == "dport" ? Field(Ports{packet.first_port, packet.last_port}) : Field(Hidden());
}

Field field_of(const json& left, const Packet& packet) {
  if (!left.is_object() || left.size() != 1) {
    return Hidden();
  }
  const std::string& kind = left.begin().key();
  const json& inner = left.begin().value();
  if (!inner.is_object()) {
    return Hidden();
  }
  if (kind == "meta") {
    return meta_field(text_at(inner, "key"), packet);
  }
  if (kind == "payload") {
    return payload_field(inner, packet);
  }
  if (kind == "ct" && text_at(inner, "key") == "state") {
    return std::string(packet.is_reply ? "established" : "new");
  }
  return Hidden();
}

Truth word_equals(const std::string& word, const json& value) {
  if (!value.is_string()) {
    return Truth::Maybe;
  }
  const auto expected = value.get<std::string>();
  const bool equal = expected.ends_with('*')
                         ? word.starts_with(expected.substr(0, expected.size() - 1))
                         : word == expected;
  return equal ? Truth::Yes : Truth::No;
}

Truth ports_equal(const Ports& ports, const json& value) {
  Ports expected;
  const auto range = value.find("range");
  if (value.is_number_integer()) {
    expected = {value.get<std::int64_t>(), value.get<std::int64_t>()};
  } else if (range != value.end() && range->is_array() && range->size() == 2 &&
             (*range)[0].is_number_integer() && (*range)[1].is_number_integer()) {
    expected = {(*range)[0].get<std::int64_t>(), (*range)[1].get<std::int64_t>()};
  } else {
    return Truth::Maybe;
  }
  if (ports.last < expected.first || ports.first > expected.last) {
    return Truth::No;
  }
  return ports.first >= expected.first && ports.last <= expected.last ? Truth::Yes : Truth::Maybe;
}

bool has_prefix(const IpAddress& address, const IpAddress& prefix, std::size_t bits) {
  for (std::size_t i = 0; i < bits; ++i) {
    const unsigned mask = 0x80U >> (i % 8);
    if ((address[i / 8] & mask) != (prefix[i / 8] & mask)) {
      return false;
    }
  }
  return true;
}

Truth address_equals(const IpAddress& address, const json& value) {
  const auto truth = [](bool equal) { return equal ? Truth::Yes : Truth::No; };
  if (value.is_string()) {
    const auto expected = parse_ip_address(value.get<std::string>());
    return expected ? truth(*expected == address) : Truth::Maybe;
  }
  const auto prefix = value.find("prefix");
  if (prefix != value.end() && prefix->is_object()) {
    const auto expected = parse_ip_address(text_at(*prefix, "addr"));
    const auto length = prefix->find("len");
    if (expected && length != prefix->end() && length->is_number_unsigned() && *length <= 128) {
      return truth(has_prefix(address, *expected, length->get<std::size_t>()));
    }
  }
  const auto range = value.find("range");
  if (range != value.end() && range->is_array() && range->size() == 2 && (*range)[0].is_string() &&
      (*range)[1].is_string()) {
    const auto first = parse_ip_address((*range)[0].get<std::string>());
    const auto last = parse_ip_address((*range)[1].get<std::string>());
    if (first && last) {
      return truth(*first <= address && address <= *last);
    }
  }
  return Truth::Maybe;
}

Truth field_equals(const Field& field, const json& value) {
  if (const auto* word = std::get_if<std::string>(&field)) {
    return word_equals(*word, value);
  }
  if (const auto* ports = std::get_if<Ports>(&field)) {
    return ports_equal(*ports, value);
  }
  if (const auto* address = std::get_if<IpAddress>(&field)) {
    return address_equals(*address, value);
  }
  return std::holds_alternative<NotThere>(field) ? Truth::No : Truth::Maybe;
}

/// Yes if one of the elements equals the field.
Truth one_equals(const Field& field, const json& elements) {
  Truth best = Truth::No;
  for (const json& element : elements) {
    const auto inner = element.find("elem");  // an element with a timeout or a comment
    const bool wrapped = inner != element.end() && inner->is_object() && inner->contains("val");
    best = std::max(best, field_equals(field, wrapped ? (*inner)["val"] : element));
  }
  return best;
}

}  // namespace

Truth equals(const json& left, const json& right, const Packet& packet, const FindSet& find_set) {
  const Field field = field_of(left, packet);
  if (std::holds_alternative<NotThere>(field)) {
    return Truth::No;
  }
  if (right.is_string() && right.get<std::string>().starts_with('@')) {
    const json elements = find_set(right.get<std::string>().substr(1));
    return elements.is_null() ? Truth::Maybe : one_equals(field, elements);
  }
  if (right.is_array()) {
    return one_equals(field, right);
  }
  const auto set = right.find("set");
  return set != right.end() && set->is_array() ? one_equals(field, *set)
                                               : field_equals(field, right);
}

Truth matches(const json& match, const Packet& packet, const FindSet& find_set) {
  const auto left = match.find("left");
  const auto right = match.find("right");
  if (left == match.end() || right == match.end()) {
    return Truth::Maybe;
  }
  const std::string operation = text_at(match, "op");
  if (operation == "==" || operation == "in") {
    return equals(*left, *right, packet, find_set);
  }
  if (operation != "!=" || std::holds_alternative<NotThere>(field_of(*left, packet))) {
    return operation == "!=" ? Truth::No : Truth::Maybe;
  }
  switch (equals(*left, *right, packet, find_set)) {
    case Truth::Yes:
      return Truth::No;
    case Truth::No:
      return Truth::Yes;
    case Truth::Maybe:
      break;
  }
  return Truth::Maybe;
}

}  // namespace otatool::doctor
