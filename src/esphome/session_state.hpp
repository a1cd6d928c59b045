// The state of a Session. session.cpp takes events and chooses actions; negotiation.cpp and
// transfer.cpp read the device's answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "otatool/esphome/session.hpp"

#include "esphome/channel.hpp"

namespace otatool::esphome {

class Session::State {
 public:
  State(Plan plan, const Seed& seed);

  Action next(const Event& event, Millis now);

  [[nodiscard]] Phase phase() const;
  [[nodiscard]] Millis limit() const { return deadline_; }
  [[nodiscard]] Challenge challenge() const { return challenge_; }
  [[nodiscard]] bool encrypted() const { return channel_.is_sealed(); }
  [[nodiscard]] std::size_t delivered() const;
  [[nodiscard]] std::size_t total() const { return payload_.size(); }

 private:
  /// What the device says next.
  enum class Step {
    Greeting,
    Version,
    Features,
    FeatureFlags,
    Handshake,
    Auth,
    Nonce,
    AuthResult,
    PrepareOk,
    Md5Ok,
    Data,  ///< acknowledgements of blocks, then of the whole
    Verdict,
    Nothing,
  };

  void on_event(const Event& event);
  void on_bytes(const BytesReceived& received);
  void read_inbox();
  void on_sent(const Sent& sent);
  void on_payload(const PayloadChosen& payload);
  void on_timeout();
  void on_closed(bool reset);
  Action act();
  Action send_block();
  [[nodiscard]] bool may_send_block() const;

  // negotiation.cpp
  void take_answer(std::uint8_t answer);
  void take_consent(std::uint8_t answer);
  void take_version(std::uint8_t version);
  void take_features(std::uint8_t answer);
  void take_feature_flags(std::uint8_t flags);
  void begin_encryption(std::uint8_t flags);
  void take_auth(std::uint8_t answer);
  void take_nonce_digit(std::uint8_t digit);
  void respond();
  void authenticated();

  // transfer.cpp
  void take_progress(std::uint8_t answer);
  void take_verdict(std::uint8_t answer);
  void lost(Errc code, std::string_view what);
  [[nodiscard]] bool all_handed_over() const;
  [[nodiscard]] std::string position() const;

  void send_unit(Bytes unit) { channel_.send(unit, outbox_); }
  void send_byte(std::uint8_t byte) { send_unit(Bytes(&byte, 1)); }
  /// Waits for `step`, for as long as its phase allows.
  void expect(Step step);
  void extend_deadline();
  void fail(Errc code, std::string message) { end(Error(code, std::move(message))); }
  void end(std::optional<Error> error);
  void unexpected(std::uint8_t answer);
  [[nodiscard]] std::string_view awaited() const;

  Plan plan_;
  Seed seed_;
  Channel channel_;
  Step step_ = Step::Greeting;
  Millis now_{0};
  Millis deadline_{0};
  std::uint8_t version_ = 0;
  std::uint8_t features_ = 0;  ///< that we offered
  bool extended_ = false;
  bool gzip_ = false;
  Challenge challenge_ = Challenge::None;
  std::string nonce_;

  std::string outbox_;     ///< to be sent after what is being sent
  std::string in_flight_;  ///< being sent, unless it is a plain block
  bool writing_ = false;
  bool choosing_ = false;
  std::optional<Finish> finish_;

  Bytes payload_;
  std::string md5_;
  std::size_t sent_ = 0;    ///< bytes of the payload that the kernel accepted
  std::size_t block_ = 0;   ///< bytes of the block that is being sent
  std::size_t blocks_ = 0;  ///< acknowledged
  std::size_t queued_ = 0;
};

}  // namespace otatool::esphome
