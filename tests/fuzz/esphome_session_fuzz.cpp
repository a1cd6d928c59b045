// Sessions with any order and times of the events that a socket can deliver: a session always ends,
// sends one thing at a time, sends the image in order and only after the device is ready for it,
// and succeeds only after the device's verdict on the whole image.
#include <algorithm>
#include <string>
#include <string_view>
#include <variant>

#include "otatool/esphome/session.hpp"

#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using namespace otatool::esphome;
using fuzz::FuzzInput;
using fuzz::require;

constexpr std::string_view kPassword = "correct horse";
constexpr int kMaxTimeouts = 64;

Plan plan_from(std::uint8_t choices) {
  Plan plan;
  if ((choices & 1U) != 0) {
    plan.password = Secret(std::string(kPassword));
  }
  if ((choices & 2U) != 0) {
    plan.key.emplace(EncryptionKey::Array{});
  }
  plan.require_sha256 = (choices & 4U) != 0;
  plan.lockstep = (choices & 8U) != 0;
  plan.offer_gzip = (choices & 16U) != 0;
  return plan;
}

/// Plays the network and the device for one session and checks its actions.
class Referee {
 public:
  explicit Referee(FuzzInput& input)
      : input_(input),
        plan_(plan_from(input.byte())),
        image_(1 + input.word() % 30'000U, 'i'),
        session_(plan_, Seed{}) {}

  void run() {
    give(Connected{});
    while (!finished_ && !input_.empty()) {
      step();
    }
    for (int steps = 0; !finished_; ++steps) {
      require(steps < kMaxTimeouts, "timeouts end a session");
      choosing_ ? choose() : time_out();
    }
  }

 private:
  void step() {
    if (choosing_) {
      choose();
      return;
    }
    const std::uint8_t choice = input_.byte();
    now_ = std::min(deadline_, now_ + (deadline_ - now_) * (choice >> 4U) / 16);
    switch (choice % 8U) {
      case 0:
        time_out();
        break;
      case 1:
        give(Closed{input_.flag()});
        require(finished_, "a closed connection ends a session");
        break;
      case 2:
        receive(input_.text(1 + input_.byte() % 80U));
        break;
      case 3:
        receive(likely_answer(input_.byte()));
        break;
      default:
        if (writing_) {
          finish_write();
        } else {
          receive(likely_answer(choice >> 3U));
        }
        break;
    }
  }

  std::string likely_answer(unsigned choice) {
    constexpr std::string_view kAnswers =
        "\x02\x01\x40\x41\x42\x43\x47\x44\x45\x46\x48\x01\x02\x82";
    const std::size_t at = choice % (kAnswers.size() + 2);
    if (at == kAnswers.size()) {
      return std::string(1, '\0');
    }
    if (at > kAnswers.size()) {
      return std::string(32, 'a');
    }
    return std::string(1, kAnswers[at]);
  }

  void receive(const std::string& bytes) {
    if (!bytes.empty()) {
      device_ += bytes;
      give(BytesReceived{bytes});
    }
  }

  void finish_write() {
    writing_ = false;
    sent_ += under_way_;
    under_way_ = 0;
    give(Sent{input_.word()});
  }

  void choose() {
    choosing_ = false;
    if (input_.byte() == 255) {
      give(PayloadRefused{Error(Errc::WrongKind, "no payload")});
      require(finished_, "without a payload a session ends");
    } else {
      give(PayloadChosen{as_bytes(image_), std::string(32, 'a')});
    }
  }

  void time_out() {
    now_ = deadline_;
    give(TimedOut{});
  }

  void give(const Event& event) {
    check(session_.next(event, now_));
    require(session_.delivered() <= session_.total(), "at most the image is delivered");
    require((session_.phase() == Phase::Done) == finished_, "phase() reports a finished session");
  }

  void check(const Action& action) {
    std::visit([this](const auto& what) { check_action(what); }, action);
  }
  void check_action(const Send& send) {
    require(!writing_, "one thing is sent at a time");
    require(!send.bytes.empty(), "something is sent");
    require(as_text(send.bytes).find(kPassword) == std::string::npos, "the password is not sent");
    writing_ = true;
    const Bytes image = as_bytes(image_);
    const bool of_image =
        send.bytes.data() >= image.data() && send.bytes.data() < image.data() + image.size();
    if (of_image) {
      require(!plan_.key, "with a key, the image is not sent in plain");
      require(send.bytes.data() == image.data() + sent_, "the image is sent in order");
      require(send.bytes.size() <= image.size() - sent_, "a block lies within the image");
      require(device_.find('\x43') != std::string::npos, "the device is ready for the image");
      under_way_ = send.bytes.size();
    }
    set_deadline(send.deadline);
  }
  void check_action(const Wait& wait) { set_deadline(wait.deadline); }
  void check_action(const ChoosePayload& choice) {
    require(!choice.gzip || plan_.offer_gzip, "gzip is chosen only if it was offered");
    choosing_ = true;
  }
  void check_action(const Finish& finish) {
    finished_ = true;
    if (finish.error) {
      require(!finish.error->message().empty(), "an error says what happened");
      const bool may_have_committed = finish.error->code() == Errc::VerdictLost;
      require(!may_have_committed || sent_ + under_way_ == image_.size() || plan_.key,
              "a verdict is lost only after the last block");
    } else {
      require(!plan_.key, "nobody here has the key");
      require(sent_ + under_way_ == image_.size(), "success comes after the whole image");
      require(device_.find('\x45') != std::string::npos, "success is a verdict of the device");
    }
  }

  void set_deadline(Millis deadline) {
    require(deadline >= now_, "a deadline is in the future");
    deadline_ = deadline;
  }

  FuzzInput& input_;
  const Plan plan_;
  const std::string image_;
  Session session_;
  std::string device_;  ///< everything that the device sent
  Millis now_{0};
  Millis deadline_{0};
  bool finished_ = false;
  bool choosing_ = false;
  bool writing_ = false;
  std::size_t sent_ = 0;
  std::size_t under_way_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  Referee(input).run();
  return 0;
}
