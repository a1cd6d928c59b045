#include "firmware/core/mdns/announcer.hpp"

namespace otatool::firmware {
namespace {

constexpr DnsLabel kLocal{"local", 5};
constexpr DnsLabel kTcp{"_tcp", 4};
constexpr DnsName kServiceTypes{{{"_services", 9}, {"_dns-sd", 7}, {"_udp", 4}, kLocal}, 4};

/// Limit for the TTLs of legacy replies, in seconds (RFC 6762 6.7).
constexpr uint32_t kLegacyTtl = 10;

}  // namespace

DnsType Announcer::type_of(Record record) {
  switch (record) {
    case Record::Types:
    case Record::Pointer:
      return DnsType::Ptr;
    case Record::Service:
      return DnsType::Srv;
    case Record::Text:
      return DnsType::Txt;
    case Record::Ipv4:
      return DnsType::A;
    default:
      return DnsType::Aaaa;
  }
}

Announcer::Record Announcer::first_of(Records records) {
  for (const Record record : kRecords) {
    if ((records & bit(record)) != 0) {
      return record;
    }
  }
  return Record::Types;
}

DnsName Announcer::service_type() const {
  return {{announcement_.service, kTcp, kLocal, {}}, 3};
}

DnsName Announcer::owner(Record record) const {
  switch (record) {
    case Record::Types:
      return kServiceTypes;
    case Record::Pointer:
      return service_type();
    case Record::Service:
    case Record::Text:
      return {{announcement_.instance, announcement_.service, kTcp, kLocal}, 4};
    default:
      return {{announcement_.host, kLocal, {}, {}}, 2};
  }
}

Announcer::Records Announcer::existing_records() const {
  Records records =
      bit(Record::Types) | bit(Record::Pointer) | bit(Record::Service) | bit(Record::Text);
  for (size_t i = 0; i < announcement_.address_count; ++i) {
    records |= bit(announcement_.addresses[i].length == 4 ? Record::Ipv4 : Record::Ipv6);
  }
  return records;
}

Announcer::Records Announcer::records_matching(const DnsReader& reader,
                                               size_t name_at,
                                               uint16_t type) const {
  Records records = 0;
  for (const Record record : kRecords) {
    const bool type_fits = type == static_cast<uint16_t>(type_of(record)) ||
                           type == static_cast<uint16_t>(DnsType::Any);
    if (type_fits && name_is(reader, name_at, owner(record))) {
      records |= bit(record);
    }
  }
  return records & existing_records();
}

/// True if the `length` bytes at `at` are the data that we would send for the record. False if we
/// have several addresses of the family: the querier may know only one of them.
bool Announcer::data_equals(const DnsReader& reader,
                            Record record,
                            size_t at,
                            size_t length) const {
  constexpr uint8_t kNoWeights[4] = {};
  switch (record) {
    case Record::Types:
      return name_is(reader, at, service_type());
    case Record::Pointer:
      return name_is(reader, at, owner(Record::Service));
    case Record::Service: {
      const uint8_t port[] = {static_cast<uint8_t>(announcement_.port >> 8),
                              static_cast<uint8_t>(announcement_.port)};
      return reader.bytes_are(at, kNoWeights, 4) && reader.bytes_are(at + 4, port, 2) &&
             name_is(reader, at + 6, owner(Record::Ipv4));
    }
    case Record::Text:
      return length == announcement_.txt_length &&
             reader.bytes_are(at, announcement_.txt, announcement_.txt_length);
    default:
      break;
  }
  const size_t size = record == Record::Ipv4 ? 4 : 16;
  bool found = false;
  size_t of_family = 0;
  for (size_t i = 0; i < announcement_.address_count; ++i) {
    const HostAddress& address = announcement_.addresses[i];
    if (address.length == size) {
      ++of_family;
      found = found || (length == size && reader.bytes_are(at, address.bytes, size));
    }
  }
  return found && of_family == 1;
}

Announcer::Records Announcer::additional_to(Records answers) {
  Records records = 0;
  if ((answers & bit(Record::Pointer)) != 0) {
    records |= bit(Record::Service) | bit(Record::Text);
  }
  constexpr Records kNeedAddresses =
      bit(Record::Pointer) | bit(Record::Service) | bit(Record::Ipv4) | bit(Record::Ipv6);
  if ((answers & kNeedAddresses) != 0) {
    records |= bit(Record::Ipv4) | bit(Record::Ipv6);
  }
  return records & ~answers;
}

MdnsReply Announcer::compose(Records answers, Records additional, Form form, const Query* query) {
  DnsWriter writer(reply_, sizeof(reply_));
  const bool legacy = form == Form::Legacy;
  writer.number(legacy ? query->id : uint16_t{0});
  writer.number(static_cast<uint16_t>(wire::kDnsResponse | wire::kDnsAuthoritative));
  writer.number(static_cast<uint16_t>(legacy ? 1 : 0));
  writer.number(uint32_t{0});
  writer.number(uint16_t{0});
  if (legacy) {
    write_name(writer, owner(query->first), false);
    writer.number(query->first_type);
    writer.number(wire::kDnsInternet);
  }
  constexpr size_t kAnswerCountAt = 6;
  constexpr size_t kAdditionalCountAt = 10;
  writer.put(kAnswerCountAt, write_records(writer, answers, form));
  writer.put(kAdditionalCountAt,
             static_cast<uint16_t>(write_records(writer, additional & existing_records(), form)));
  return {MdnsReply::To::Group, reply_, writer.length()};
}

/// Writes name, type, class, TTL, and two bytes for the length of the data.
void Announcer::write_head(DnsWriter& writer, Record record, Form form) const {
  const bool shared = record == Record::Types || record == Record::Pointer;
  const bool replaces = !shared && form != Form::Legacy && form != Form::Probe;
  uint32_t ttl = lifetime_of(record);
  if (form == Form::Goodbye) {
    ttl = 0;
  } else if (form == Form::Legacy) {
    ttl = kLegacyTtl;
  }
  write_name(writer, owner(record));
  writer.number(static_cast<uint16_t>(type_of(record)));
  writer.number(static_cast<uint16_t>(wire::kDnsInternet | (replaces ? wire::kDnsClassFlag : 0)));
  writer.number(ttl);
  writer.number(uint16_t{0});
}

void Announcer::write_data(DnsWriter& writer, Record record, Form form) const {
  switch (record) {
    case Record::Types:
      write_name(writer, service_type());
      break;
    case Record::Pointer:
      write_name(writer, owner(Record::Service));
      break;
    case Record::Service:
      writer.number(uint32_t{0});  // priority and weight
      writer.number(announcement_.port);
      // Plain DNS does not compress this name (RFC 6762 18.14).
      write_name(writer, owner(Record::Ipv4), form != Form::Legacy);
      break;
    default:
      writer.bytes(announcement_.txt, announcement_.txt_length);
      break;
  }
}

/// Returns the number of records written: one per address, one for each other kind.
uint16_t Announcer::write_records(DnsWriter& writer, Records records, Form form) const {
  uint16_t count = 0;
  for (const Record record : kRecords) {
    if ((records & bit(record)) == 0) {
      continue;
    }
    const size_t copies = is_address(record) ? announcement_.address_count : 1;
    for (size_t i = 0; i < copies; ++i) {
      const HostAddress& address = announcement_.addresses[i];
      if (is_address(record) && (address.length == 4) != (record == Record::Ipv4)) {
        continue;
      }
      const size_t start = writer.length();
      write_head(writer, record, form);
      const size_t data_at = writer.length();
      if (is_address(record)) {
        writer.bytes(address.bytes, address.length);
      } else {
        write_data(writer, record, form);
      }
      if (writer.overflowed()) {
        writer.rewind(start);
        return count;
      }
      writer.patch_length(data_at);
      ++count;
    }
  }
  return count;
}

}  // namespace otatool::firmware
