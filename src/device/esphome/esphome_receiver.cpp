#include "device/esphome/esphome_receiver.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "esphome/challenge.hpp"

namespace otatool::device {
using namespace esphome;

EsphomeReceiver::EsphomeReceiver(const EsphomeRules& rules,
                                 const EsphomeSeed& seed,
                                 EsphomeSink& sink)
    : rules_(rules), seed_(seed), sink_(sink) {}

std::string EsphomeReceiver::take_output() {
  return std::exchange(output_, {});
}

std::uint8_t EsphomeReceiver::version() const {
  return rules_.options.protocol == EsphomeProtocol::Version1 ? 1 : 2;
}

void EsphomeReceiver::receive(Bytes bytes) {
  if (over()) {
    return;
  }
  const std::optional<Error> broken = channel_.receive(bytes);
  output_ += channel_.take_reply();
  if (step_ == Step::Handshake && channel_.is_sealed()) {
    ask_for_password();
  }
  while (!over() && advance()) {
  }
  if (broken && !over()) {
    // No answer: the peer may be somebody else.
    error_ = *broken;
    step_ = Step::Over;
  }
}

/// Takes one unit of the inbox, if there is a whole one.
bool EsphomeReceiver::advance() {
  std::string& inbox = channel_.inbox();
  const std::size_t count =
      step_ == Step::Data ? std::min<std::size_t>(inbox.size(), size_ - received_) : wanted();
  if (count == 0 || inbox.size() < count) {
    return false;
  }
  const std::string unit = inbox.substr(0, count);
  inbox.erase(0, count);
  take(as_bytes(unit));
  return true;
}

std::size_t EsphomeReceiver::wanted() const {
  switch (step_) {
    case Step::Magic:
      return kMagic.size();
    case Step::Response:
      return 2 * nonce_.size();
    case Step::Size:
      return sizeof(size_);
    case Step::Md5:
      return kMd5Digits;
    case Step::Features:
    case Step::Kind:
    case Step::Farewell:
      return 1;
    default:
      return 0;
  }
}

void EsphomeReceiver::take(Bytes unit) {
  switch (step_) {
    case Step::Magic:
      return take_magic(unit);
    case Step::Features:
      return take_features(unit[0]);
    case Step::Response:
      return take_response(unit);
    case Step::Kind:
      step_ = Step::Size;
      if (unit[0] != kApplication) {
        refuse(kFaultImageKind, Error(Errc::WrongKind, "the host sends no application"));
      }
      return;
    case Step::Size:
      return take_size(unit);
    case Step::Md5:
      return take_md5(unit);
    case Step::Data:
      return take_data(unit);
    default:
      step_ = Step::Over;
      return;
  }
}

void EsphomeReceiver::take_magic(Bytes magic) {
  if (!std::ranges::equal(magic, kMagic)) {
    refuse(kFaultMagic, Error(Errc::DeviceRefused, "the host speaks another protocol"));
    return;
  }
  if (answer(EsphomeStep::Magic, kOk)) {
    send_byte(version());
    step_ = Step::Features;
  }
}

void EsphomeReceiver::take_features(std::uint8_t features) {
  features_ = features;
  const bool extended =
      rules_.options.protocol == EsphomeProtocol::Extended && (features & kHostExtended) != 0;
  if (rules_.options.key && !(extended && (features & kHostNoise) != 0)) {
    refuse(kFaultEncryption, Error(Errc::EncryptionNeeded, "the host offers no encryption"));
    return;
  }
  const bool gzip = rules_.options.gzip && (features & kHostGzip) != 0;
  if (!extended) {
    if (answer(EsphomeStep::Features, gzip ? kWantsGzip : kHeaderOk)) {
      ask_for_password();
    }
    return;
  }
  if (answer(EsphomeStep::Features, kFeatureFlags)) {
    answer_flags(gzip);
  }
}

void EsphomeReceiver::answer_flags(bool gzip) {
  const auto flags =
      static_cast<std::uint8_t>((gzip ? kDeviceGzip : 0) | (rules_.options.key ? kDeviceNoise : 0));
  send_byte(flags);
  if (!rules_.options.key) {
    ask_for_password();
    return;
  }
  step_ = Step::Handshake;
  const std::string prologue = noise_prologue(version(), features_, flags);
  NoiseHandshake handshake(
      NoiseRole::Responder, *rules_.options.key, as_bytes(prologue), seed_.ephemeral);
  if (auto error = channel_.start_handshake(std::move(handshake), NoiseRole::Responder, output_)) {
    error_ = std::move(error);
    step_ = Step::Over;
  }
}

void EsphomeReceiver::ask_for_password() {
  if (rules_.password.empty()) {
    admit();
    return;
  }
  if (uses_sha256() && (features_ & kHostSha256) == 0) {
    refuse(kFaultAuth, Error(Errc::PasswordRefused, "the host does not offer SHA-256"));
    return;
  }
  nonce_ = to_hex(Bytes(seed_.nonce).first(challenge_digits(challenge()) / 2));
  send_byte(uses_sha256() ? kSha256Challenge : kMd5Challenge);
  send(as_bytes(nonce_));
  step_ = Step::Response;
}

void EsphomeReceiver::take_response(Bytes response) {
  const std::string_view text = as_text(response);
  const std::string_view cnonce = text.substr(0, nonce_.size());
  const std::string expected =
      challenge_response(challenge(), rules_.password.reveal(), nonce_, cnonce);
  if (same_secret(text.substr(nonce_.size()), expected)) {
    admit();
  } else {
    refuse(kFaultAuth, Error(Errc::PasswordRefused, "the host has another password"));
  }
}

void EsphomeReceiver::admit() {
  if (answer(EsphomeStep::Auth, kAuthOk)) {
    const bool extended =
        rules_.options.protocol == EsphomeProtocol::Extended && (features_ & kHostExtended) != 0;
    step_ = extended ? Step::Kind : Step::Size;
  }
}

void EsphomeReceiver::take_size(Bytes size) {
  size_ = 0;
  for (const std::uint8_t byte : size) {
    size_ = size_ << 8U | byte;
  }
  const bool planned = rules_.options.fault && rules_.options.fault->step == EsphomeStep::Size;
  const std::uint8_t fault = planned ? 0 : sink_.begin(size_);
  if (fault != 0) {
    refuse(fault, std::nullopt);
  } else if (answer(EsphomeStep::Size, kPrepareOk)) {
    step_ = Step::Md5;
  }
}

void EsphomeReceiver::take_md5(Bytes digits) {
  md5_text_ = as_text(digits);
  if (answer(EsphomeStep::Md5, kMd5Ok)) {
    step_ = Step::Data;
    if (size_ == 0) {
      finish_image();
    }
  }
}

void EsphomeReceiver::take_data(Bytes data) {
  const auto& fault = rules_.options.fault;
  if (fault && fault->step == EsphomeStep::Data && received_ + data.size() >= size_ / 2) {
    answer(EsphomeStep::Data, kOk);
    return;
  }
  md5_.update(data.data(), data.size());
  const std::uint32_t before = received_;
  received_ += static_cast<std::uint32_t>(data.size());
  if (const std::uint8_t error = sink_.write(data)) {
    refuse(error, std::nullopt);
    return;
  }
  acknowledge(before);
  if (received_ == size_) {
    finish_image();
  }
}

void EsphomeReceiver::acknowledge(std::size_t before) {
  if (version() < 2) {
    return;
  }
  const bool last = received_ == size_ && size_ % kBlock != 0;
  for (std::size_t block = before / kBlock; block < received_ / kBlock; ++block) {
    send_byte(kBlockOk);
  }
  if (last) {
    send_byte(kBlockOk);
  }
}

void EsphomeReceiver::finish_image() {
  std::array<std::uint8_t, firmware::Md5::kDigestLength> digest{};
  md5_.finish(digest.data());
  send_byte(kReceiveOk);
  const auto& fault = rules_.options.fault;
  if (fault && fault->step == EsphomeStep::End) {
    answer(EsphomeStep::End, kEndOk);
    return;
  }
  if (to_hex(digest) != md5_text_) {
    refuse(kFaultMd5, Error(Errc::DeviceReported, "the image arrived with another MD5"));
    return;
  }
  if (const std::uint8_t error = sink_.finish()) {
    refuse(error, std::nullopt);
    return;
  }
  send_byte(kEndOk);
  succeeded_ = true;
  step_ = Step::Farewell;
}

bool EsphomeReceiver::answer(EsphomeStep step, std::uint8_t answer) {
  const auto& fault = rules_.options.fault;
  if (fault && fault->step == step) {
    refuse(fault->byte, Error(Errc::DeviceReported, "an error on demand"));
    return false;
  }
  send_byte(answer);
  return true;
}

void EsphomeReceiver::refuse(std::uint8_t fault, std::optional<Error> error) {
  send_byte(fault);
  error_ = std::move(error);
  step_ = Step::Over;
}

void EsphomeReceiver::end(const Error& how) {
  if (!over() && step_ != Step::Farewell) {
    error_ = how;
  }
  step_ = Step::Over;
}

}  // namespace otatool::device
