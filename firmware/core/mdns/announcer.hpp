// mDNS responder for one service, `_arduino._tcp` for the receiver, with its TXT record and the
// host's addresses. The port delivers datagrams and sends the replies: no sockets, clock or heap.
// Does not probe for its names; see ProbingAnnouncer. Times are milliseconds of a 32-bit counter
// that may wrap. Spec: discovery.md 1.1, 1.3, RFC 6762, RFC 6763.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "otatool/wire/dns.hpp"

#include "firmware/core/port.hpp"

namespace otatool::firmware {

using wire::DnsLabel;
using wire::DnsReader;
using wire::DnsRecord;
using wire::DnsType;
using DnsWriter = wire::DnsWriter<8>;

/// A name of at most four labels; their text belongs to the caller.
struct DnsName {
  DnsLabel labels[4];
  size_t count;
};

/// Port and groups of mDNS: 224.0.0.251 and ff02::fb.
constexpr uint16_t kMdnsPort = 5353;
constexpr uint8_t kMdnsGroupIpv4[] = {224, 0, 0, 251};
constexpr uint8_t kMdnsGroupIpv6[] = {0xFF, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFB};

struct HostAddress {
  uint8_t bytes[16];  ///< network byte order; an IPv4 address fills the first four
  uint8_t length;     ///< 4 or 16
};

/// What is announced on one interface. The labels and the TXT data must outlive the announcer.
struct Announcement {
  static constexpr size_t kMaxAddresses = 4;

  DnsLabel instance;   ///< name of the device, UTF-8, 1 to 63 bytes; usually the host name
  DnsLabel host;       ///< its host name without `.local`, 1 to 63 bytes
  uint16_t port;       ///< of the service: for a receiver, the UDP port of invitations
  const uint8_t* txt;  ///< data of the TXT record, as wire::format_ota_txt writes it
  size_t txt_length;
  HostAddress addresses[kMaxAddresses];
  size_t address_count;
  DnsLabel service{"_arduino", 8};  ///< its type, without `._tcp`
};

/// A datagram to send. The bytes are valid until the next call.
struct MdnsReply {
  enum class To : uint8_t {
    None,    ///< nothing to send
    Sender,  ///< to the address and port that the datagram came from
    Group,   ///< to the group, port 5353, from port 5353, with TTL 255
  };
  To to = To::None;
  const uint8_t* bytes = nullptr;
  size_t length = 0;
};

/// Serves one interface and address family: the rate limits of RFC 6762 are per link.
class Announcer {
 public:
  static constexpr uint32_t kNever = 0xFFFFFFFF;
  static constexpr size_t kMaxReplyLength = 800;

  explicit Announcer(const Announcement& announcement);

  /// Schedules two announcements, now and a second later. To be called at the start and after each
  /// change.
  void announce(uint32_t now);
  /// Replaces the announcement. Sends nothing: call announce() afterwards.
  void replace(const Announcement& announcement) { announcement_ = announcement; }

  /// Handles a datagram of any content that reached port 5353, by multicast or unicast. Returns the
  /// reply to its sender if the query asked for unicast or is a legacy query (source port not 5353;
  /// the reply repeats question and id, with TTLs of at most 10 s). poll() returns the multicast
  /// answers.
  MdnsReply on_datagram(const Endpoint& from, const uint8_t* bytes, size_t length, uint32_t now);

  /// Returns the next datagram that is due for the group. Call again until there is none.
  MdnsReply poll(uint32_t now);
  /// Milliseconds until poll() has work; kNever if it has none until a datagram arrives.
  uint32_t poll_after(uint32_t now) const;

  /// Returns a goodbye to the group: all records with a TTL of 0. Cancels what is scheduled.
  MdnsReply goodbye();

 protected:
  /// The numbers are bits in a set of Records.
  enum Record : uint8_t { Types, Pointer, Service, Text, Ipv4, Ipv6 };
  static constexpr Record kRecords[] = {
      Record::Types, Record::Pointer, Record::Service, Record::Text, Record::Ipv4, Record::Ipv6};
  static constexpr size_t kRecordCount = 6;
  using Records = uint32_t;
  struct Query {
    uint16_t id = 0;
    bool legacy = false;           ///< from a plain DNS resolver
    bool probe = false;            ///< another host probes for one of our names
    bool truncated = false;        ///< more known answers follow in another datagram
    Records unicast = 0;           ///< to answer by unicast
    Records multicast = 0;         ///< to answer by multicast
    Records known = 0;             ///< known answers, not to be sent again
    Record first = Record::Types;  ///< owner of the first question that we can answer
    uint16_t first_type = 0;       ///< type of that question; 0 if there is none
  };
  enum class Form : uint8_t { Multicast, Unicast, Legacy, Goodbye, Probe };

  static constexpr Records bit(Record record) { return 1U << record; }
  static constexpr bool is_address(Record record) {
    return record == Record::Ipv4 || record == Record::Ipv6;
  }
  /// TTL in seconds (RFC 6762 section 10): 120 for a record with the host's name.
  static constexpr uint32_t lifetime_of(Record record) {
    return record == Record::Service || is_address(record) ? 120 : 4500;
  }

  static bool name_is(const DnsReader& reader, size_t at, const DnsName& name) {
    return reader.name_is(at, name.labels, name.count);
  }
  static void write_name(DnsWriter& writer, const DnsName& name, bool compress = true) {
    writer.name(name.labels, name.count, compress);
  }
  static bool reached(uint32_t now, uint32_t time) { return static_cast<int32_t>(now - time) >= 0; }
  static uint32_t time_until(uint32_t now, uint32_t time) {
    return reached(now, time) ? 0 : time - now;
  }
  static DnsType type_of(Record record);
  static Record first_of(Records records);
  static Records additional_to(Records answers);

  DnsName service_type() const;
  DnsName owner(Record record) const;
  Records existing_records() const;
  Records records_matching(const DnsReader& reader, size_t name_at, uint16_t type) const;
  bool data_equals(const DnsReader& reader, Record record, size_t at, size_t length) const;
  bool read_questions(DnsReader& reader, uint16_t count, Query& query) const;
  bool read_known_answers(DnsReader& reader, uint16_t count, Query& query) const;
  void schedule(const Endpoint& from, const Query& query, uint32_t now);
  Records recently_sent(uint32_t now) const;
  void mark_sent(Records records, uint32_t now);
  MdnsReply compose(Records answers, Records additional, Form form, const Query* query);
  void write_head(DnsWriter& writer, Record record, Form form) const;
  void write_data(DnsWriter& writer, Record record, Form form) const;
  uint16_t write_records(DnsWriter& writer, Records records, Form form) const;
  uint32_t reply_delay() const;

  Announcement announcement_;
  uint8_t announcements_left_ = 0;
  uint32_t announcement_due_ = 0;
  Records pending_ = 0;  ///< to be multicast at due_
  bool urgent_ = false;  ///< they answer a probe: the limit of one multicast a second is off
  uint32_t due_ = 0;
  bool more_known_ = false;  ///< truncated_from_ may send further known answers
  Endpoint truncated_from_{};
  Records ever_sent_ = 0;
  uint32_t sent_at_[kRecordCount] = {};
  uint8_t reply_[kMaxReplyLength];
};

}  // namespace otatool::firmware
