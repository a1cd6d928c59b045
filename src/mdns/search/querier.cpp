#include "mdns/search/querier.hpp"

#include <algorithm>
#include <array>

#include "otatool/ascii.hpp"
#include "otatool/overloaded.hpp"

namespace otatool::mdns {
namespace {

// discovery.md 3.6: each kind of query reaches devices that the other kind misses.
constexpr std::array<Millis, 3> kLegacyTimes = {Millis(0), Millis(250), Millis(750)};
constexpr std::array<Millis, 4> kSharedTimes = {
    Millis(20), Millis(400), Millis(1'000), Millis(2'000)};
constexpr std::array<Millis, 3> kUnicastTimes = {Millis(0), Millis(250), Millis(750)};
/// At most 200 hosts a second, so that a search of a subnet does not flood it.
constexpr std::size_t kHostsAtOnce = 8;
constexpr Millis kHostInterval{40};
constexpr Millis kLastAnswers{1'000};

/// Most responders send all records of a device in one packet or in several packets in a row.
constexpr Millis kGapDelay{40};
constexpr Millis kGapRepeat{300};
constexpr unsigned kGapAttempts = 6;
constexpr std::size_t kGapsAtOnce = 500;
constexpr std::size_t kQuestionsPerPacket = 24;

constexpr Millis kProbeTimeout{1'000};
/// The round in which silent devices are looked for, and the two before it.
constexpr std::size_t kRoundsRemembered = 3;

/// The host name that users mean by one label with or without `.local`.
std::optional<Name> host_of(std::string_view text) {
  auto name = Name::parse(text);
  if (!name || name->is_root() || name->labels().size() > 2) {
    return std::nullopt;
  }
  if (name->labels().size() == 2 && !same_text(name->labels().back(), "local")) {
    return std::nullopt;
  }
  const std::string& label = name->labels().front();
  const bool plain = std::ranges::all_of(
      label, [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_'; });
  if (!plain) {
    return std::nullopt;
  }
  auto host = Name::from_labels({label, "local"});
  return host ? std::optional<Name>(std::move(*host)) : std::nullopt;
}

std::vector<Name> hosts_of(const std::vector<std::string>& names) {
  std::vector<Name> hosts;
  for (const std::string& each : names) {
    if (auto host = host_of(each)) {
      hosts.push_back(std::move(*host));
    }
  }
  return hosts;
}

}  // namespace

Millis unicast_search_time(std::size_t hosts) {
  const std::size_t waits = hosts == 0 ? 0 : (hosts - 1) / kHostsAtOnce;
  return kHostInterval * (waits * kUnicastTimes.size()) + kUnicastTimes.back() + kLastAnswers;
}

Querier::Querier(Plan plan)
    : plan_(std::move(plan)),
      host_names_(hosts_of(plan_.names)),
      table_({.types = plan_.types, .hosts = host_names_}, plan_.only_updatable_http) {
  jobs_.emplace(Millis(0), BeginRound{});
}

Step Querier::next(const QuerierEvent& event, Millis now) {
  now_ = std::max(now_, now);
  Step step;
  std::visit(Overloaded{
                 [](const Tick&) {},
                 [&](const PacketReceived& received) { take(received, step); },
                 [&](const DaemonAnswered& answered) { take(answered); },
                 [&](const PortClosed& closed) { take(closed, step); },
             },
             event);
  while (!jobs_.empty() && jobs_.begin()->first <= now_) {
    const Job job = std::move(jobs_.begin()->second);
    jobs_.erase(jobs_.begin());
    perform(job, step);
  }
  table_.pass_time(now_);
  conclude(step);
  return step;
}

void Querier::take(const PacketReceived& received, Step& step) {
  const auto message = read_message(received.packet);
  if (!message) {
    step.dropped = message.error();
  } else if (message->response && table_.take(*message, received.origin, now_)) {
    plan_filling();
  }
}

void Querier::take(const DaemonAnswered& answered) {
  if (!answered.cached) {
    table_.take(answered.message, answered.origin, now_);
    return;
  }
  table_.take_cached(answered.message, answered.origin, now_);
  for (const DeviceTable::Suspect& suspect : table_.stale()) {
    plan_probes(suspect);
  }
}

void Querier::take(const PortClosed& closed, Step& step) {
  const auto host = std::ranges::find(plan_.hosts, closed.address);
  if (host != plan_.hosts.end() && without_responder_.insert(closed.address).second) {
    step.without_responder = static_cast<std::size_t>(host - plan_.hosts.begin());
  }
}

void Querier::perform(const Job& job, Step& step) {
  std::visit(Overloaded{
                 [&](const BeginRound&) { begin_round(); },
                 [&](const Ask& ask_all) { ask(ask_all.path, step); },
                 [&](const AskHosts& each) { ask_hosts(each, step); },
                 [&](const FillGaps&) { fill_gaps(step); },
                 [&](const FindSilent&) { probe_silent(); },
                 [&](const Probe& each) { this->probe(each.suspect, step); },
                 [&](const EndProbe& probe) {
                   probed_.erase(probe.id);
                   for (const DeviceTable::Suspect& each : table_.silent_since(probe.since)) {
                     if (each.id == probe.id) {
                       table_.forget(each.id);
                     }
                   }
                 },
             },
             job);
}

/// Keeps the state bounded: a watch can run for weeks.
void Querier::prune_state() {
  if (round_starts_.size() > kRoundsRemembered) {
    round_starts_.erase(round_starts_.begin());
  }
  std::set<DeviceTable::EntryId> incomplete;
  for (const DeviceTable::Gap& gap : table_.gaps()) {
    incomplete.insert(gap.id);
  }
  std::erase_if(attempts_, [&](const auto& each) { return !incomplete.contains(each.first); });
}

void Querier::begin_round() {
  round_starts_.push_back(now_);
  prune_state();
  for (const Millis time : kLegacyTimes) {
    plan(time, Ask{Path::Legacy});
  }
  for (const Millis time : kSharedTimes) {
    plan(time, Ask{Path::Shared});
  }
  if (!plan_.hosts.empty() && !asking_hosts_since_) {
    asking_hosts_since_ = now_;
    plan(Millis(0), AskHosts{});
  }
  if (plan_.watch) {
    plan(kRoundWindow, FindSilent{});
    for (const DeviceTable::Suspect& suspect : table_.stale()) {
      probed_.erase(suspect.id);
      plan_probes(suspect);
    }
  }
  plan(kRoundInterval, BeginRound{});
}

void Querier::ask(Path path, Step& step) {
  for (const Link& link : plan_.links) {
    ask_types(path, link, step);
    const RecordType type = link.ipv6 ? RecordType::Aaaa : RecordType::A;
    for (const Name& host : host_names_) {
      send_questions({Question{.name = host, .type = type}}, path, link.id, step);
    }
  }
}

/// One packet for each type: stock ESP8266 devices answer a legacy query only if it has exactly
/// one question (discovery.md 1.2).
void Querier::ask_types(Path path, const Link& link, Step& step) {
  for (const Name& type : plan_.types) {
    MessageWriter writer({.id = path == Path::Legacy ? next_id() : std::uint16_t{0}});
    if (!writer.add(Question{.name = type})) {
      continue;
    }
    if (path == Path::Shared) {
      add_known_answers(type, link, writer);
    }
    step.transmissions.push_back({path, link.id, "", writer.packet()});
  }
}

/// Adds as many as fit. A device that is left out answers once more, which is harmless.
void Querier::add_known_answers(const Name& type, const Link& link, MessageWriter& writer) const {
  for (const auto& known : table_.known_answers(type, link.id, round_starts_.back())) {
    const Record record{.name = type, .ttl = known.ttl, .data = Pointer{known.instance}};
    if (!writer.add_answer(record)) {
      return;
    }
  }
}

/// Asks the next few hosts, and plans the others and the next pass.
void Querier::ask_hosts(const AskHosts& job, Step& step) {
  const std::vector<Device> devices = table_.devices(now_);
  const std::size_t end = std::min(job.first + kHostsAtOnce, plan_.hosts.size());
  for (std::size_t i = job.first; i < end; ++i) {
    const std::string& host = plan_.hosts[i];
    const bool answered = std::ranges::any_of(devices, [&](const Device& device) {
      return is_at(device, host) && device.last_heard >= *asking_hosts_since_;
    });
    for (const Name& type : plan_.types) {
      if (!answered && !without_responder_.contains(host)) {
        send_unicast({.name = type}, host, step);
      }
    }
  }
  const std::size_t next_pass = job.pass + 1;
  if (end < plan_.hosts.size()) {
    plan(kHostInterval, AskHosts{end, job.pass});
  } else if (next_pass < kUnicastTimes.size()) {
    plan(kUnicastTimes.at(next_pass) - kUnicastTimes.at(job.pass), AskHosts{0, next_pass});
  } else {
    asking_hosts_since_.reset();
  }
}

void Querier::plan_filling() {
  if (!filling_ && !table_.gaps().empty()) {
    filling_ = true;
    plan(kGapDelay, FillGaps{});
  }
}

std::vector<Question> Querier::questions_for(const DeviceTable::Gap& gap) const {
  std::vector<Question> questions;
  if (gap.service) {
    questions.push_back({.name = gap.instance, .type = RecordType::Srv});
  }
  if (gap.text) {
    questions.push_back({.name = gap.instance, .type = RecordType::Txt});
  }
  if (gap.host) {
    questions.push_back({.name = *gap.host, .type = RecordType::A});
    questions.push_back({.name = *gap.host, .type = RecordType::Aaaa});
  }
  return questions;
}

void Querier::fill_gaps(Step& step) {
  QuestionsByLink questions;
  std::size_t asked = 0;
  for (const DeviceTable::Gap& gap : table_.gaps()) {
    if (asked == kGapsAtOnce || attempts_[gap.id] >= kGapAttempts) {
      continue;
    }
    ++attempts_[gap.id];
    ++asked;
    fill_gap(gap, questions, step);
  }
  for (const auto& [link, of_link] : questions) {
    send_questions(of_link, Path::Legacy, link, step);
    send_questions(of_link, Path::Shared, link, step);
  }
  filling_ = asked > 0;
  if (filling_) {
    plan(kGapRepeat, FillGaps{});
  }
}

void Querier::fill_gap(const DeviceTable::Gap& gap, QuestionsByLink& questions, Step& step) {
  for (const Question& question : questions_for(gap)) {
    for (const LinkId link : gap.links) {
      if (link == kUnicastLink) {
        send_unicast(question, gap.source, step);
      } else {
        questions[link].push_back(question);
      }
    }
  }
}

/// A device that has not answered in this round and the one before is asked by unicast before it
/// counts as lost.
void Querier::probe_silent() {
  const std::size_t rounds = round_starts_.size();
  if (rounds < kRoundsRemembered) {
    return;
  }
  const Millis since = round_starts_[rounds - 2];
  table_.drop_addresses_before(round_starts_[rounds - 3]);
  for (const DeviceTable::Suspect& suspect : table_.silent_since(since)) {
    if (!probed_.contains(suspect.id)) {
      plan_probes(suspect);
      plan(kProbeTimeout, EndProbe{suspect.id, since});
    }
  }
}

void Querier::plan_probes(const DeviceTable::Suspect& suspect) {
  // avahi-daemon reports a name before its address.
  if (!suspect.addresses.empty() && probed_.insert(suspect.id).second) {
    for (const Millis time : kUnicastTimes) {
      plan(time, Probe{suspect});
    }
  }
}

void Querier::probe(const DeviceTable::Suspect& suspect, Step& step) {
  for (const std::string& address : suspect.addresses) {
    if (suspect.type.is_root()) {
      send_unicast({.name = suspect.instance, .type = RecordType::A}, address, step);
    } else {
      send_unicast({.name = suspect.type}, address, step);
    }
  }
}

void Querier::send_questions(const std::vector<Question>& questions,
                             Path path,
                             LinkId link,
                             Step& step) {
  auto next = questions.begin();
  while (next != questions.end()) {
    MessageWriter writer({.id = path == Path::Legacy ? next_id() : std::uint16_t{0}});
    while (next != questions.end() && writer.questions() < kQuestionsPerPacket &&
           writer.add(*next)) {
      ++next;
    }
    step.transmissions.push_back({path, link, "", writer.packet()});
  }
}

void Querier::send_unicast(const Question& question, const std::string& address, Step& step) {
  MessageWriter writer({.id = next_id()});
  if (writer.add(question)) {
    step.transmissions.push_back({Path::Unicast, kUnicastLink, address, writer.packet()});
  }
}

void Querier::plan(Millis delay, Job job) {
  jobs_.emplace(now_ + delay, std::move(job));
}

std::uint16_t Querier::next_id() {
  last_id_ = last_id_ == 0xFFFF ? std::uint16_t{1} : static_cast<std::uint16_t>(last_id_ + 1);
  return last_id_;
}

}  // namespace otatool::mdns
