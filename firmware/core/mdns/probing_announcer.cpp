#include "firmware/core/mdns/probing_announcer.hpp"

namespace otatool::firmware {
namespace {

constexpr uint8_t kProbes = 3;
constexpr uint32_t kProbeGap = 250;
/// Wait after losing against a host that probes for the same name (RFC 6762 8.2).
constexpr uint32_t kDeferral = 1000;
/// From this number of conflicts on, probes are delayed to keep the network from a flood (8.1).
constexpr uint8_t kManyConflicts = 15;
constexpr uint32_t kManyConflictsDelay = 5000;
constexpr size_t kProbeCountAt = 8;
constexpr size_t kServiceHead = 6;  ///< priority, weight and port
constexpr size_t kLongestService = 96;

}  // namespace

void ProbingAnnouncer::probe(uint32_t now) {
  if (claim_ == Claim::Taken && conflicts_ < kManyConflicts) {
    ++conflicts_;
  }
  claim_ = Claim::Probing;
  probes_left_ = kProbes;
  probe_due_ = now + reply_delay() + (conflicts_ < kManyConflicts ? 0 : kManyConflictsDelay);
  announcements_left_ = 0;
  pending_ = 0;
}

void ProbingAnnouncer::announce(uint32_t now) {
  if (claim_ == Claim::Own) {
    Announcer::announce(now);
  }
}

MdnsReply ProbingAnnouncer::on_datagram(const Endpoint& from,
                                        const uint8_t* bytes,
                                        size_t length,
                                        uint32_t now) {
  DnsReader reader(bytes, length);
  wire::DnsHeader header{};
  if (!reader.header(header)) {
    return {};
  }
  const bool response = (header.flags & wire::kDnsResponse) != 0;
  if (claim_ == Claim::Own && !response) {
    return Announcer::on_datagram(from, bytes, length, now);
  }
  const bool concerned = claim_ == Claim::Probing || claim_ == Claim::Own;
  if (!concerned || (header.flags & wire::kDnsOpcode) != 0 || from.port != kMdnsPort) {
    return {};
  }
  for (; header.questions > 0; --header.questions) {
    if (!reader.skip_name() || !reader.skip(4)) {
      return {};
    }
  }
  if (response) {
    on_response(reader, uint32_t{header.answers} + header.authorities + header.additionals, now);
    return {};
  }
  DnsRecord known{};
  for (; header.answers > 0 && reader.record(known); --header.answers) {
  }
  on_rival_probe(reader, header.authorities, now);
  return {};
}

MdnsReply ProbingAnnouncer::poll(uint32_t now) {
  if (claim_ == Claim::Probing && reached(now, probe_due_)) {
    if (probes_left_ > 0) {
      --probes_left_;
      probe_due_ = now + kProbeGap;
      return compose_probe();
    }
    claim_ = Claim::Own;
    Announcer::announce(now);
  }
  return Announcer::poll(now);
}

uint32_t ProbingAnnouncer::poll_after(uint32_t now) const {
  return claim_ == Claim::Probing ? time_until(now, probe_due_) : Announcer::poll_after(now);
}

MdnsReply ProbingAnnouncer::goodbye() {
  return claim_ == Claim::Own ? Announcer::goodbye() : MdnsReply{};
}

MdnsReply ProbingAnnouncer::compose_probe() {
  DnsWriter writer(reply_, sizeof(reply_));
  constexpr Record kNames[] = {Record::Service, Record::Ipv4};
  writer.number(uint32_t{0});
  writer.number(static_cast<uint16_t>(sizeof(kNames) / sizeof(kNames[0])));
  writer.number(uint32_t{0});
  writer.number(uint16_t{0});
  // No unicast answers: where port 5353 is shared, they would reach another program.
  for (const Record record : kNames) {
    write_name(writer, owner(record));
    writer.number(static_cast<uint16_t>(DnsType::Any));
    writer.number(wire::kDnsInternet);
  }
  const Records claimed =
      existing_records() & (bit(Record::Service) | bit(Record::Ipv4) | bit(Record::Ipv6));
  writer.put(kProbeCountAt, write_records(writer, claimed, Form::Probe));
  return {MdnsReply::To::Group, reply_, writer.length()};
}

/// True if the record gives one of our names to another service or address.
bool ProbingAnnouncer::contradicts(const DnsReader& reader, const DnsRecord& theirs) const {
  if (theirs.plain_class() != wire::kDnsInternet || theirs.ttl == 0) {
    return false;
  }
  if (theirs.type == static_cast<uint16_t>(DnsType::Srv)) {
    return name_is(reader, theirs.name_at, owner(Record::Service)) &&
           !data_equals(reader, Record::Service, theirs.data_at, theirs.length);
  }
  if (theirs.type != static_cast<uint16_t>(DnsType::A) &&
      theirs.type != static_cast<uint16_t>(DnsType::Aaaa)) {
    return false;
  }
  bool own = false;
  for (size_t i = 0; i < announcement_.address_count; ++i) {
    const HostAddress& address = announcement_.addresses[i];
    own = own || (address.length == theirs.length &&
                  reader.bytes_are(theirs.data_at, address.bytes, address.length));
  }
  return !own && name_is(reader, theirs.name_at, owner(Record::Ipv4));
}

void ProbingAnnouncer::on_response(DnsReader& reader, uint32_t records, uint32_t now) {
  DnsRecord theirs{};
  for (; records > 0 && reader.record(theirs); --records) {
    if (!contradicts(reader, theirs)) {
      continue;
    }
    const bool probing = claim_ == Claim::Probing;
    claim_ = Claim::Taken;
    if (!probing) {
      // The host that has had the name for longer defends it.
      probe(now);
    }
    return;
  }
}

/// The lowest of our addresses in the order of RFC 6762 8.2: IPv4 first, as its type is lower.
const HostAddress* ProbingAnnouncer::first_address() const {
  const HostAddress* first = nullptr;
  for (size_t i = 0; i < announcement_.address_count; ++i) {
    const HostAddress& each = announcement_.addresses[i];
    const bool before =
        first == nullptr || each.length < first->length ||
        (each.length == first->length && memcmp(each.bytes, first->bytes, each.length) < 0);
    first = before ? &each : first;
  }
  return first;
}

/// Negative if their record comes before ours in the order of RFC 6762 8.2, positive if after.
int ProbingAnnouncer::compare(const DnsReader& reader,
                              const DnsRecord& theirs,
                              Record record) const {
  const HostAddress* const address = record == Record::Service ? nullptr : first_address();
  if (address != nullptr && address->length != 4) {
    record = Record::Ipv6;
  }
  const int type = static_cast<uint16_t>(type_of(record));
  if (theirs.type != type || (record != Record::Service && address == nullptr)) {
    return static_cast<int>(theirs.type) - type;
  }
  uint8_t own[kLongestService];
  uint8_t their[kLongestService];
  DnsWriter writer(own, sizeof(own));
  size_t length = 0;
  if (record == Record::Service) {
    write_data(writer, Record::Service, Form::Legacy);
    length = reader.copy(theirs.data_at, kServiceHead, their);
    length += reader.copy_name(theirs.data_at + length, their + length, sizeof(their) - length);
  } else {
    writer.bytes(address->bytes, address->length);
    length = reader.copy(
        theirs.data_at, theirs.length < sizeof(their) ? theirs.length : sizeof(their), their);
  }
  const size_t shorter = length < writer.length() ? length : writer.length();
  const int order = memcmp(their, own, shorter);
  return order != 0 ? order : static_cast<int>(length) - static_cast<int>(writer.length());
}

/// Another host probes for one of our names at the same time. The host whose record is lower waits;
/// the addresses decide only if the services are equal.
void ProbingAnnouncer::on_rival_probe(DnsReader& reader, uint16_t count, uint32_t now) {
  int service = 0;
  int host = 0;
  bool service_seen = false;
  bool host_seen = false;
  DnsRecord theirs{};
  for (; count > 0 && reader.record(theirs); --count) {
    if (name_is(reader, theirs.name_at, owner(Record::Service))) {
      const int order = compare(reader, theirs, Record::Service);
      service = service_seen && service < order ? service : order;
      service_seen = true;
    } else if (name_is(reader, theirs.name_at, owner(Record::Ipv4))) {
      const int order = compare(reader, theirs, Record::Ipv4);
      host = host_seen && host < order ? host : order;
      host_seen = true;
    }
  }
  if ((service == 0 ? host : service) > 0) {
    probes_left_ = kProbes;
    probe_due_ = now + kDeferral;
  }
}

}  // namespace otatool::firmware
