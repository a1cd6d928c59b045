// Sessions with any order and times of the events that sockets can deliver: a session always ends,
// requests only bytes of the image, one chunk after the other, and succeeds only after a verdict.
#include <algorithm>
#include <string>
#include <string_view>
#include <variant>

#include "otatool/espota/session.hpp"
#include "otatool/wire/ack_scanner.hpp"

#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using namespace otatool::espota;
using fuzz::FuzzInput;
using fuzz::require;

constexpr std::string_view kPassword = "correct horse";
constexpr int kMaxTimeouts = 64;

Plan plan_from(FuzzInput& input) {
  Plan plan;
  plan.command = input.flag() ? wire::Command::Filesystem : wire::Command::Flash;
  plan.image_size = input.word() * 4U;
  plan.image_md5 = std::string(32, 'a');
  plan.host_address = "192.0.2.1";
  plan.host_port = 40000;
  plan.device_ports = {wire::kEsp8266Port};
  const std::uint8_t choices = input.byte();
  if ((choices & 1U) != 0) {
    plan.device_ports.push_back(wire::kEsp32Port);
    plan.queueing_ports.push_back(wire::kEsp32Port);
  }
  if ((choices & 2U) != 0) {
    plan.credentials.password = Secret(std::string(kPassword));
  }
  if ((choices & 4U) != 0) {
    plan.credentials.stored = Secret(std::string((choices & 8U) != 0 ? 64 : 32, 'b'));
  }
  plan.auth.require_sha256 = (choices & 16U) != 0;
  plan.lockstep = (choices & 32U) != 0;
  plan.persistent = (choices & 64U) != 0;
  plan.unanswered_limit = 1 + input.word();
  if ((choices & 128U) != 0) {
    plan.prefix_md5 = [](std::uint32_t bytes) {
      return std::string(wire::kMd5HexLength, bytes % 2 == 0 ? 'a' : 'b');
    };
  }
  return plan;
}

/// Plays the network and the device for one session and checks its actions.
class Referee {
 public:
  explicit Referee(FuzzInput& input)
      : input_(input), plan_(plan_from(input)), session_(plan_, CnonceSeed{}) {}

  void run() {
    give(Started{});
    while (!finished_ && !input_.empty()) {
      step();
    }
    for (int steps = 0; !finished_; ++steps) {
      require(steps < kMaxTimeouts, "timeouts end a session");
      time_out();
    }
  }

 private:
  void step() {
    const std::uint8_t choice = input_.byte();
    advance(choice >> 4U);
    if (connected_) {
      step_of_connection(choice % 8U);
    } else {
      step_of_handshake(choice % 8U);
    }
  }

  void advance(unsigned share) {
    now_ = std::min(deadline_, now_ + (deadline_ - now_) * share / 16);
  }

  void step_of_handshake(unsigned choice) {
    switch (choice) {
      case 0:
        time_out();
        break;
      case 1:
        give(DatagramReceived{"OK", port()});
        break;
      case 2:
        give(DatagramReceived{"Authentication Failed", port()});
        break;
      case 3:
        give(DatagramReceived{"AUTH " + nonce(), port()});
        break;
      case 4:
        give(DatagramReceived{input_.text(input_.byte()), port()});
        break;
      case 5:
        input_.flag() ? give(PortUnreachable{port()}) : give_offer();
        break;
      case 6:
        input_.flag() ? give(HostUnreachable{}) : give(PeerRefused{"192.0.2.66"});
        break;
      default:
        connected_ = true;
        give(DeviceConnected{input_.flag() ? std::size_t{536} : input_.word()});
        break;
    }
  }

  void give_offer() {
    const std::uint32_t bytes = input_.word() * (input_.flag() ? 1U : 0x10001U);
    give(DatagramReceived{"KEPT " + std::to_string(bytes) + " " + std::string(32, 'a'), port()});
  }

  void step_of_connection(unsigned choice) {
    switch (choice) {
      case 0:
        time_out();
        break;
      case 1:
        give(Closed{input_.flag(), queued()});
        connected_ = false;
        require(finished_, "a closed connection ends a session");
        break;
      case 2:
        give(DatagramReceived{"OK", port()});
        break;
      case 3:
        reply("OK");
        break;
      case 4:
        reply("1460");
        break;
      case 5:
        reply(input_.text(input_.byte() % 64U));
        break;
      default:
        chunk_sent();
        break;
    }
  }

  void chunk_sent() {
    if (under_way_ != 0) {
      sent_ += under_way_;
      under_way_ = 0;
      give(ChunkSent{queued()});
    }
  }

  void reply(const std::string& bytes) {
    if (!bytes.empty()) {
      scanner_.feed(bytes.data(), bytes.size());
      give(BytesReceived{bytes, queued()});
    }
  }

  void time_out() {
    now_ = deadline_;
    give(TimedOut{connected_ ? queued() : 0});
  }

  void give(const Event& event) {
    check(session_.next(event, now_));
    require(session_.delivered() <= plan_.image_size, "at most the image is delivered");
    require((session_.phase() == Phase::Done) == finished_, "phase() reports a finished session");
  }

  void check(const Action& action) {
    std::visit([this](const auto& what) { check_action(what); }, action);
  }
  void check_action(const SendDatagram& datagram) {
    require(!connected_, "no datagram follows the connection");
    require(!datagram.bytes.empty() && !datagram.ports.empty(),
            "a datagram says and goes something");
    require(datagram.bytes.find(kPassword) == std::string::npos,
            "no datagram contains the password");
    set_deadline(datagram.deadline);
  }
  void check_action(const Wait& wait) { set_deadline(wait.deadline); }
  void check_action(const SendChunk& chunk) {
    require(connected_, "a chunk needs a connection");
    require(under_way_ == 0, "one chunk is sent at a time");
    if (!chunk.line.empty()) {
      require(sent_ == 0 && chunk.offset % 2 == 0 && plan_.prefix_md5 &&
                  chunk.line == "RESUME " + std::to_string(chunk.offset) + "\n",
              "only the first chunk resumes, where the device offered it");
      sent_ = chunk.offset;
    }
    require(chunk.size != 0 && chunk.offset == sent_, "chunks follow each other");
    require(chunk.size <= plan_.image_size - sent_, "a chunk lies within the image");
    under_way_ = chunk.size;
    set_deadline(chunk.deadline);
  }
  void check_action(const Finish& finish) {
    finished_ = true;
    if (finish.error) {
      require(!finish.error->message().empty(), "an error says what happened");
    } else {
      require(scanner_.state() == wire::AckScanner::State::Ok,
              "success is a verdict of the device");
      require(sent_ + under_way_ == plan_.image_size, "success comes after the whole image");
    }
  }

  void set_deadline(Millis deadline) {
    require(deadline >= now_, "a deadline is in the future");
    deadline_ = deadline;
  }

  std::uint16_t port() { return input_.flag() ? wire::kEsp32Port : wire::kEsp8266Port; }
  std::size_t queued() { return std::min<std::size_t>(input_.word(), sent_); }
  std::string nonce() {
    const std::uint8_t choice = input_.byte();
    // A response to a 64-digit nonce takes milliseconds (PBKDF2).
    const bool is_long = choice > 200 && !met_long_nonce_;
    met_long_nonce_ = met_long_nonce_ || is_long;
    return std::string(is_long ? 63 : 31 + choice % 16U / 15U, 'c') +
           static_cast<char>('a' + choice % 6U);
  }

  FuzzInput& input_;
  const Plan plan_;
  Session session_;
  wire::AckScanner scanner_;
  Millis now_{0};
  Millis deadline_{0};
  bool finished_ = false;
  bool connected_ = false;
  bool met_long_nonce_ = false;
  std::size_t sent_ = 0;
  std::size_t under_way_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  Referee(input).run();
  return 0;
}
