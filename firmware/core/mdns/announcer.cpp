#include "firmware/core/mdns/announcer.hpp"

namespace otatool::firmware {
namespace {

/// Shortest time between two multicasts of a record (RFC 6762 section 6).
constexpr uint32_t kMulticastGap = 1000;
/// Answers that other devices also give wait for 20 to 120 ms, to avoid collisions.
constexpr uint32_t kSharedDelay = 20;
constexpr uint32_t kSharedSpread = 100;
/// Wait for the remaining known answers of a truncated query (RFC 6762 7.2: 400 to 500 ms).
constexpr uint32_t kTruncatedDelay = 400;
constexpr uint8_t kAnnouncements = 2;

bool same_source(const Endpoint& one, const Endpoint& other) {
  return one.port == other.port && one.address_length == other.address_length &&
         memcmp(one.address, other.address, one.address_length) == 0;
}

}  // namespace

Announcer::Announcer(const Announcement& announcement) : announcement_(announcement) {}

/// A delay that differs between devices, from the instance name: no random source is needed.
uint32_t Announcer::reply_delay() const {
  const DnsLabel& name = announcement_.instance;
  uint32_t hash = 2166136261U;
  for (size_t i = 0; i < name.length; ++i) {
    hash = (hash ^ static_cast<uint8_t>(name.text[i])) * 16777619U;
  }
  return hash % (kSharedSpread + 1);
}

bool Announcer::read_questions(DnsReader& reader, uint16_t count, Query& query) const {
  for (; count > 0; --count) {
    const size_t name_at = reader.at();
    uint16_t type = 0;
    uint16_t question_class = 0;
    if (!reader.skip_name() || !reader.number(type) || !reader.number(question_class)) {
      return false;
    }
    const uint16_t plain_class = static_cast<uint16_t>(question_class & ~wire::kDnsClassFlag);
    if (plain_class != wire::kDnsInternet && plain_class != wire::kDnsAnyClass) {
      continue;
    }
    const Records records = records_matching(reader, name_at, type);
    if (query.legacy || (question_class & wire::kDnsClassFlag) != 0) {
      query.unicast |= records;
    } else {
      query.multicast |= records;
    }
    if (records != 0 && query.first_type == 0) {
      query.first = first_of(records);
      query.first_type = type;
    }
  }
  return true;
}

bool Announcer::read_known_answers(DnsReader& reader, uint16_t count, Query& query) const {
  for (; count > 0; --count) {
    DnsRecord answer{};
    if (!reader.record(answer)) {
      return false;
    }
    if (answer.plain_class() != wire::kDnsInternet ||
        answer.type == static_cast<uint16_t>(DnsType::Any)) {
      continue;
    }
    const Records records = records_matching(reader, answer.name_at, answer.type);
    for (const Record record : kRecords) {
      if ((records & bit(record)) != 0 && answer.ttl >= lifetime_of(record) / 2 &&
          data_equals(reader, record, answer.data_at, answer.length)) {
        query.known |= bit(record);
      }
    }
  }
  return true;
}

MdnsReply Announcer::on_datagram(const Endpoint& from,
                                 const uint8_t* bytes,
                                 size_t length,
                                 uint32_t now) {
  DnsReader reader(bytes, length);
  Query query;
  wire::DnsHeader header{};
  if (!reader.header(header) || (header.flags & (wire::kDnsResponse | wire::kDnsOpcode)) != 0 ||
      from.port == 0) {
    return {};
  }
  query.id = header.id;
  query.legacy = from.port != kMdnsPort;
  query.probe = header.authorities > 0;
  query.truncated = (header.flags & wire::kDnsTruncated) != 0;
  if (!read_questions(reader, header.questions, query) ||
      !read_known_answers(reader, header.answers, query)) {
    return {};
  }
  query.unicast &= ~query.known;
  query.multicast &= ~query.known;
  schedule(from, query, now);
  if (query.unicast == 0) {
    return {};
  }
  const Form form = query.legacy ? Form::Legacy : Form::Unicast;
  MdnsReply reply =
      compose(query.unicast, additional_to(query.unicast) & ~query.known, form, &query);
  reply.to = MdnsReply::To::Sender;
  return reply;
}

void Announcer::schedule(const Endpoint& from, const Query& query, uint32_t now) {
  if (query.legacy) {
    return;
  }
  const bool continued = more_known_ && same_source(from, truncated_from_);
  if (continued) {
    pending_ &= ~query.known;
    more_known_ = query.truncated;
  }
  if (query.multicast == 0) {
    return;
  }
  uint32_t delay = 0;
  if (!query.probe && (query.multicast & (bit(Record::Types) | bit(Record::Pointer))) != 0) {
    delay = kSharedDelay + reply_delay();
  }
  if (query.truncated) {
    delay += kTruncatedDelay;
  }
  if (pending_ == 0) {
    more_known_ = query.truncated;
    truncated_from_ = from;
  } else if (!continued) {
    more_known_ = false;
  }
  const uint32_t due = now + delay;
  if (pending_ == 0 || static_cast<int32_t>(due - due_) < 0) {
    due_ = due;
  }
  pending_ |= query.multicast;
  urgent_ = urgent_ || query.probe;
}

void Announcer::announce(uint32_t now) {
  announcements_left_ = kAnnouncements;
  announcement_due_ = now;
}

Announcer::Records Announcer::recently_sent(uint32_t now) const {
  Records records = 0;
  for (const Record record : kRecords) {
    if ((ever_sent_ & bit(record)) != 0 && now - sent_at_[record] < kMulticastGap) {
      records |= bit(record);
    }
  }
  return records;
}

void Announcer::mark_sent(Records records, uint32_t now) {
  for (const Record record : kRecords) {
    if ((records & bit(record)) != 0) {
      sent_at_[record] = now;
    }
  }
  ever_sent_ |= records;
  pending_ &= ~records;
}

MdnsReply Announcer::poll(uint32_t now) {
  const Records recent = recently_sent(now);
  if (announcements_left_ > 0 && reached(now, announcement_due_)) {
    const Records records = existing_records() & ~bit(Record::Types);
    announcement_due_ = now + kMulticastGap;
    if ((recent & records) == 0) {
      --announcements_left_;
      mark_sent(records, now);
      return compose(records, 0, Form::Multicast, nullptr);
    }
  }
  if (pending_ == 0 || !reached(now, due_)) {
    return {};
  }
  const Records held = urgent_ ? 0 : pending_ & recent;
  const Records answers = pending_ & ~held;
  due_ = now;
  for (const Record record : kRecords) {
    // The querier may have missed the last multicast: answer once the gap is over.
    if ((held & bit(record)) != 0 && !reached(due_, sent_at_[record] + kMulticastGap)) {
      due_ = sent_at_[record] + kMulticastGap;
    }
  }
  if (answers == 0) {
    return {};
  }
  const Records additional = additional_to(answers) & ~recent;
  urgent_ = false;
  mark_sent(answers | additional, now);
  return compose(answers, additional, Form::Multicast, nullptr);
}

uint32_t Announcer::poll_after(uint32_t now) const {
  uint32_t wait = kNever;
  if (announcements_left_ > 0) {
    wait = time_until(now, announcement_due_);
  }
  if (pending_ != 0 && time_until(now, due_) < wait) {
    wait = time_until(now, due_);
  }
  return wait;
}

MdnsReply Announcer::goodbye() {
  announcements_left_ = 0;
  pending_ = 0;
  return compose(existing_records() & ~bit(Record::Types), 0, Form::Goodbye, nullptr);
}

}  // namespace otatool::firmware
