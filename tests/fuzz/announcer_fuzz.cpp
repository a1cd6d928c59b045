// Both announcers with any datagrams and times: they send only DNS messages of bounded size,
// multicast a record at most once a second, and never request a poll without work.
#include <algorithm>
#include <string>

#include "firmware/core/mdns/probing_announcer.hpp"
#include "tests/firmware/support/dns_text.hpp"
#include "tests/firmware/support/fake_port.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool::firmware;
using otatool::firmware::testing::DnsAnswer;
using otatool::fuzz::FuzzInput;
using otatool::fuzz::require;

constexpr std::size_t kAuthoritiesAt = 8;

Announcement announcement() {
  static const std::string kTxt("\x0ctcp_check=no");
  Announcement announcement{};
  announcement.instance = {"kitchen", 7};
  announcement.host = {"esp", 3};
  announcement.port = 8266;
  announcement.txt = reinterpret_cast<const std::uint8_t*>(kTxt.data());
  announcement.txt_length = kTxt.size();
  announcement.addresses[0] = {{192, 0, 2, 9}, 4};
  announcement.addresses[1] = {{0xFE, 0x80}, 16};
  announcement.address_count = 2;
  return announcement;
}

template <typename AnyAnnouncer>
class Run {
 public:
  void datagram(const std::string& bytes, std::uint16_t port) {
    probed_ = probed_ || (bytes.size() > kAuthoritiesAt + 1 &&
                          (bytes[kAuthoritiesAt] != 0 || bytes[kAuthoritiesAt + 1] != 0));
    const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    check(announcer_.on_datagram(testing::endpoint(7, port), data, bytes.size(), now_),
          MdnsReply::To::Sender);
  }
  void pass(std::uint32_t time) {
    now_ += time;
    for (int polls = 0;; ++polls) {
      require(polls < 4, "polling ends");
      const MdnsReply reply = announcer_.poll(now_);
      if (reply.to == MdnsReply::To::None) {
        break;
      }
      note_answers(check(reply, MdnsReply::To::Group));
    }
    require(announcer_.poll_after(now_) > 0, "no work is left");
  }
  void announce() { begin(announcer_, now_); }

 private:
  static void begin(Announcer& announcer, std::uint32_t now) { announcer.announce(now); }
  static void begin(ProbingAnnouncer& announcer, std::uint32_t now) {
    if (announcer.claim() == ProbingAnnouncer::Claim::Own) {
      announcer.announce(now);
    } else {
      announcer.probe(now);
    }
  }
  static DnsAnswer check(const MdnsReply& reply, MdnsReply::To to) {
    static const std::string kNothing(12, '\0');
    if (reply.to == MdnsReply::To::None) {
      return DnsAnswer(kNothing);
    }
    require(reply.to == to, "a reply goes to the sender of the query");
    require(reply.length <= Announcer::kMaxReplyLength, "a reply is bounded");
    return DnsAnswer(std::string(reinterpret_cast<const char*>(reply.bytes), reply.length));
  }
  void note_answers(const DnsAnswer& answer) {
    const bool pointer = std::ranges::any_of(answer.answers, [](const std::string& line) {
      return line.starts_with("_arduino._tcp.local 12 ");
    });
    if (pointer) {
      require(!sent_ || probed_ || now_ - sent_at_ >= 1000,
              "a record is multicast at most once a second");
      sent_ = true;
      sent_at_ = now_;
    }
  }

  AnyAnnouncer announcer_{announcement()};
  std::uint32_t now_ = 0xFFFFF000;
  bool probed_ = false;
  bool sent_ = false;
  std::uint32_t sent_at_ = 0;
};

template <typename AnyAnnouncer>
void run_with(FuzzInput input) {
  Run<AnyAnnouncer> run;
  while (!input.empty()) {
    const std::uint8_t choice = input.byte();
    if (choice == 'a') {
      run.announce();
    } else if (choice == 't') {
      run.pass(input.word());
    } else {
      const std::uint16_t port = choice == 'm' ? kMdnsPort : input.word();
      run.datagram(input.text(input.word()), port);
    }
  }
  run.pass(0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  run_with<Announcer>(FuzzInput(bytes, size));
  run_with<ProbingAnnouncer>(FuzzInput(bytes, size));
  return 0;
}
