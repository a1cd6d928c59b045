// The querier with random packets, daemon answers and times: its deadline is always in the future,
// it sends only valid queries, ends in time, and its memory is bounded.
#include <algorithm>
#include <vector>

#include "mdns/search/querier.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using namespace otatool::mdns;
using fuzz::FuzzInput;
using fuzz::require;

Name name(const std::string& text) {
  return Name::parse(text).value();
}

Querier::Plan plan_from(FuzzInput& input) {
  Querier::Plan plan;
  plan.types = {name("_arduino._tcp.local"), name("_http._tcp.local")};
  const unsigned choice = input.byte();
  plan.watch = (choice & 1U) != 0;
  plan.only_updatable_http = (choice & 2U) != 0;
  for (unsigned i = 0; i < (choice >> 2U & 3U); ++i) {
    plan.links.push_back({.id = i + 1, .ipv6 = i == 2});
  }
  if ((choice & 16U) != 0) {
    plan.names = {"d1", "absent.local"};
  }
  if ((choice & 32U) != 0) {
    plan.hosts = {"10.0.0.1"};
  }
  if ((choice & 64U) != 0) {
    plan.count = 3;
  }
  return plan;
}

Origin origin_from(FuzzInput& input) {
  const std::uint8_t byte = input.byte();
  return {.link = byte & 3U,
          .interface = "eth0",
          .source = Ip(Ipv4{{10, 0, 0, static_cast<std::uint8_t>(byte >> 4U)}})};
}

/// An answer about one of a few devices: complete or partial, present or with a goodbye.
Message answer_from(FuzzInput& input) {
  const std::string digit(1, static_cast<char>('0' + input.byte() % 8));
  const unsigned parts = input.byte();
  const std::uint32_t ttl = (parts & 16U) != 0 ? 0 : 120;
  const Name type = name((parts & 32U) != 0 ? "_http._tcp.local" : "_arduino._tcp.local");
  const Name instance = name("d" + digit + "." + type.to_text());
  const Name host = name("d" + digit + ".local");
  Message message{.response = true};
  if ((parts & 1U) != 0) {
    message.answers.push_back({.name = type, .ttl = ttl, .data = Pointer{instance}});
  }
  if ((parts & 2U) != 0) {
    message.answers.push_back({.name = instance,
                               .type = RecordType::Srv,
                               .ttl = ttl,
                               .data = Service{.port = input.word(), .host = host}});
  }
  if ((parts & 4U) != 0) {
    message.answers.push_back(
        {.name = instance, .type = RecordType::Txt, .ttl = ttl, .data = Text{{input.text(9)}}});
  }
  if ((parts & 8U) != 0) {
    message.additionals.push_back(
        {.name = host, .type = RecordType::A, .ttl = ttl, .data = Ipv4{{10, 0, 0, input.byte()}}});
  }
  return message;
}

class Run {
 public:
  explicit Run(FuzzInput& input) : input_(input), plan_(plan_from(input)), querier_(plan_) {}

  void go() {
    take(Tick{});
    while (!input_.empty() && !done_) {
      step();
    }
    const int ticks = plan_.watch ? 10 : 100;
    for (int i = 0; i < ticks && !done_; ++i) {
      now_ = std::max(now_, deadline_);
      take(Tick{});
    }
    require(done_ || plan_.watch, "a search ends");
    require(querier_.devices(now_).size() <= 8 * 2 * 16 + 2, "the number of devices is limited");
  }

 private:
  void step() {
    const unsigned choice = input_.byte();
    now_ += Millis(choice >> 3U);
    switch (choice & 7U) {
      case 0:
        now_ = std::max(now_, deadline_);
        take(Tick{});
        break;
      case 1:
        now_ += Millis(input_.word());
        take(Tick{});
        break;
      case 2: {
        const Origin origin = origin_from(input_);
        const std::string bytes = input_.text(input_.byte());
        take(PacketReceived{as_bytes(bytes), origin});
        break;
      }
      case 3: {
        const Origin origin = origin_from(input_);
        take(DaemonAnswered{answer_from(input_), origin, input_.flag()});
        break;
      }
      default: {
        const Origin origin = origin_from(input_);
        const auto packet = write_message(answer_from(input_)).value();
        take(PacketReceived{packet, origin});
      }
    }
  }

  void take(const QuerierEvent& event) {
    if (done_) {
      return;
    }
    const Step step = querier_.next(event, now_);
    done_ = step.done;
    deadline_ = step.deadline;
    require(done_ || deadline_ > now_, "the next deadline is in the future");
    require(done_ || plan_.watch || now_ < plan_.timeout, "a search ends in time");
    for (const Transmission& each : step.transmissions) {
      require(each.packet.size() <= kLargestPacket, "a query fits into a frame");
      check_packet(each.packet);
      require((each.path == Path::Unicast) == (each.link == kUnicastLink),
              "only unicast uses the unicast link");
    }
    require(step.transmissions.size() <= 200, "the number of packets is limited");
  }

  /// Most packets differ from the previous one only in the id, if at all: these are read once.
  void check_packet(Bytes packet) {
    constexpr std::size_t kIdSize = 2;
    require(packet.size() > kIdSize, "a query has a header");
    const Bytes rest = packet.subspan(kIdSize);
    if (std::ranges::equal(rest, checked_)) {
      return;
    }
    const auto message = read_message(packet);
    require(message && !message->response && !message->questions.empty(), "only queries are sent");
    checked_.assign(rest.begin(), rest.end());
  }

  FuzzInput& input_;
  Querier::Plan plan_;
  Querier querier_;
  Millis now_{0};
  Millis deadline_{0};
  bool done_ = false;
  std::vector<std::uint8_t> checked_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  Run(input).go();
  return 0;
}
