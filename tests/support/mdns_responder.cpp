#include "tests/support/mdns_responder.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace otatool::test {
namespace {

using namespace mdns;

constexpr std::uint32_t kHostTtl = 120;
constexpr std::uint32_t kOtherTtl = 4500;

Name name(const std::string& text) {
  return Name::parse(text).value();
}

bool asks(const Question& question, const Name& of, RecordType type) {
  return question.name == of && (question.type == type || question.type == RecordType::Any);
}

std::vector<std::uint8_t> written(const Message& message) {
  return write_message(message).value();
}

/// Answers to one-shot queries have a short TTL (RFC 6762 6.7).
void limit_lifetimes(Message& message) {
  for (auto* section : {&message.answers, &message.additionals}) {
    for (Record& record : *section) {
      record.ttl = std::min(record.ttl, std::uint32_t{10});
    }
  }
}

}  // namespace

ResponderProfile esp8266_profile(unsigned number, Ipv4 address) {
  ResponderProfile profile;
  profile.name = fmt::format("esp8266-{:06x}", number);
  profile.host = profile.name + ".local";
  profile.addresses = {address};
  return profile;
}

ResponderProfile esp32_profile(unsigned number, Ipv4 address) {
  ResponderProfile profile;
  profile.name = fmt::format("esp32-240ac4{:06x}", number);
  profile.host = profile.name + ".local";
  profile.addresses = {address};
  profile.port = 3232;
  profile.txt = {"board=esp32", "tcp_check=no", "ssh_upload=no", "auth_upload=yes"};
  profile.earliest = Millis(25);
  profile.latest = Millis(110);
  return profile;
}

MdnsResponder::MdnsResponder(ResponderProfile profile, std::uint32_t seed)
    : profile_(std::move(profile)),
      type_(name(profile_.type + ".local")),
      host_(name(profile_.host)),
      random_(seed) {
  std::vector<std::string> labels = type_.labels();
  labels.insert(labels.begin(), profile_.name);
  instance_ = Name::from_labels(labels).value();
}

Record MdnsResponder::pointer() const {
  return {.name = type_, .type = RecordType::Ptr, .ttl = kOtherTtl, .data = Pointer{instance_}};
}

std::vector<Record> MdnsResponder::service_records() const {
  return {{.name = instance_,
           .type = RecordType::Srv,
           .ttl = kHostTtl,
           .cache_flush = true,
           .data = Service{.port = profile_.port, .host = host_}},
          {.name = instance_,
           .type = RecordType::Txt,
           .ttl = kOtherTtl,
           .cache_flush = true,
           .data = Text{profile_.txt}}};
}

std::vector<Record> MdnsResponder::address_records() const {
  std::vector<Record> records;
  for (const Ipv4& address : profile_.addresses) {
    records.push_back({.name = host_,
                       .type = RecordType::A,
                       .ttl = kHostTtl,
                       .cache_flush = true,
                       .data = address});
  }
  for (const Ipv6& address : profile_.addresses6) {
    records.push_back({.name = host_,
                       .type = RecordType::Aaaa,
                       .ttl = kHostTtl,
                       .cache_flush = true,
                       .data = address});
  }
  return records;
}

bool MdnsResponder::is_known(const Message& query) const {
  return std::ranges::any_of(query.answers, [this](const Record& record) {
    const auto* pointer = std::get_if<Pointer>(&record.data);
    return pointer != nullptr && pointer->target == instance_ && record.ttl > kOtherTtl / 2;
  });
}

std::vector<Message> MdnsResponder::answers_to(const Message& query) const {
  Message answer{.response = true};
  Message addresses{.response = true};
  const auto add = [](std::vector<Record>& to, std::vector<Record> records) {
    std::ranges::move(records, std::back_inserter(to));
  };
  for (const Question& question : query.questions) {
    if (asks(question, type_, RecordType::Ptr) && !is_known(query)) {
      answer.answers.push_back(pointer());
      if (!profile_.pointer_only) {
        add(answer.additionals, service_records());
        add(profile_.two_packets ? addresses.answers : answer.additionals, address_records());
      }
    }
    if (asks(question, instance_, RecordType::Srv)) {
      answer.answers.push_back(service_records().front());
    }
    if (asks(question, instance_, RecordType::Txt)) {
      answer.answers.push_back(service_records().back());
    }
    if (asks(question, host_, RecordType::A) || asks(question, host_, RecordType::Aaaa)) {
      add(answer.answers, address_records());
    }
  }
  std::vector<Message> answers;
  for (Message* each : {&addresses, &answer}) {
    if (!each->answers.empty()) {
      answers.push_back(std::move(*each));
    }
  }
  return answers;
}

std::vector<MdnsResponder::Answer> MdnsResponder::receive(Bytes packet, bool legacy, Millis now) {
  const auto query = read_message(packet);
  return query ? receive(*query, legacy, now) : std::vector<Answer>();
}

std::vector<MdnsResponder::Answer> MdnsResponder::receive(const Message& query,
                                                          bool legacy,
                                                          Millis now) {
  if (query.response) {
    return {};
  }
  ++received_;
  if (std::uniform_real_distribution<>(0, 1)(random_) < profile_.query_loss) {
    return {};
  }
  std::vector<Answer> answers;
  std::uniform_int_distribution<Millis::rep> delay(profile_.earliest.count(),
                                                   profile_.latest.count());
  const Millis when = now + Millis(delay(random_));
  const bool unicast =
      legacy || (!query.questions.empty() && query.questions.front().unicast_reply);
  if (!unicast && profile_.one_second_rule && last_multicast_ &&
      now - *last_multicast_ < Millis(1'000)) {
    return {};
  }
  for (Message& message : answers_to(query)) {
    if (legacy) {
      limit_lifetimes(message);
      message.id = query.id;
      message.questions = query.questions;
    }
    answers.push_back({.when = when, .unicast = unicast, .packet = written(message)});
  }
  if (!unicast && !answers.empty()) {
    last_multicast_ = now;
  }
  return answers;
}

std::vector<std::uint8_t> MdnsResponder::goodbye() const {
  Message message{.response = true};
  message.answers.push_back(pointer());
  std::ranges::move(service_records(), std::back_inserter(message.answers));
  std::ranges::move(address_records(), std::back_inserter(message.answers));
  for (Record& record : message.answers) {
    record.ttl = 0;
  }
  return written(message);
}

std::vector<std::uint8_t> MdnsResponder::announcement() const {
  Message message{.response = true};
  message.answers.push_back(pointer());
  std::ranges::move(service_records(), std::back_inserter(message.answers));
  std::ranges::move(address_records(), std::back_inserter(message.answers));
  return written(message);
}

}  // namespace otatool::test
