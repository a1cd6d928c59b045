#include "esphome/channel.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "esphome/device_error.hpp"
#include "esphome/protocol.hpp"

namespace otatool::esphome {
namespace {

constexpr char kFrameMark = 0x01;
constexpr char kHandshakeOk = 0x00;
constexpr char kHandshakeRefused = 0x01;
/// A rejection has a reason of a few words.
constexpr std::size_t kLargestRejection = 256;
/// What devices send on a wrong key (esphome-ota.md 5).
constexpr std::string_view kMacFailure = "Handshake MAC failure";

void append_frame(Bytes payload, std::string& out) {
  out.push_back(kFrameMark);
  out.push_back(static_cast<char>(payload.size() >> 8U));
  out.push_back(static_cast<char>(payload.size() & 0xFFU));
  out.append(as_text(payload));
}

std::string handshake_payload(char status, std::string_view rest) {
  std::string payload(1, status);
  payload.append(rest);
  return payload;
}

Error broken(std::string_view what) {
  return {Errc::NetworkFailed, fmt::format("the encrypted connection is broken: {}", what)};
}

}  // namespace

std::string noise_prologue(std::uint8_t version,
                           std::uint8_t host_features,
                           std::uint8_t device_features) {
  std::string text = "NoiseOTAInit";
  text.append(as_text(kMagic));
  for (const std::uint8_t byte :
       {std::uint8_t{kOk}, version, host_features, std::uint8_t{kFeatureFlags}, device_features}) {
    text.push_back(static_cast<char>(byte));
  }
  return text;
}

std::optional<Error> Channel::receive(Bytes bytes) {
  if (!is_framed()) {
    inbox_.append(as_text(bytes));
    return std::nullopt;
  }
  raw_.append(as_text(bytes));
  return take_frames();
}

void Channel::send(Bytes unit, std::string& out) {
  if (!ciphers_) {
    out.append(as_text(unit));
    return;
  }
  std::vector<std::uint8_t> sealed;
  while (!unit.empty()) {
    const Bytes part = unit.first(std::min(unit.size(), kLargestUnit));
    unit = unit.subspan(part.size());
    sealed.clear();
    // The counter of 64 bits lasts for any image.
    if (ciphers_->sending.seal(part, {}, sealed)) {
      append_frame(sealed, out);
    }
  }
}

std::optional<Error> Channel::start_handshake(NoiseHandshake handshake,
                                              NoiseRole role,
                                              std::string& out) {
  role_ = role;
  handshake_.emplace(std::move(handshake));
  if (role == NoiseRole::Initiator) {
    const auto message = handshake_->write();
    append_frame(as_bytes(handshake_payload(kHandshakeOk, as_text(message.value()))), out);
  }
  const std::string early = std::exchange(inbox_, {});
  return receive(as_bytes(early));
}

std::optional<Error> Channel::take_frames() {
  std::size_t taken = 0;
  std::optional<Error> error;
  for (;;) {
    const Bytes rest = as_bytes(raw_).subspan(taken);
    const auto size = frame_size(rest);
    if (!size) {
      error = size.error();
      break;
    }
    if (*size == 0 || rest.size() < kFrameHeader + *size) {
      break;
    }
    taken += kFrameHeader + *size;
    error = take_payload(rest.subspan(kFrameHeader, *size));
    if (error) {
      break;
    }
  }
  raw_.erase(0, taken);
  return error;
}

/// Bytes of the payload of the frame that `raw` begins with; 0 if that is not known yet.
Result<std::size_t> Channel::frame_size(Bytes raw) const {
  if (raw.empty()) {
    return 0;
  }
  if (raw[0] != static_cast<std::uint8_t>(kFrameMark)) {
    // Nobody vouches for a byte outside of a frame; once the keys are agreed it means nothing.
    const bool fault = !is_sealed() && raw[0] >= kFirstFault;
    return fail(fault ? device_error(raw[0]) : broken("bytes outside of a frame"));
  }
  if (raw.size() < kFrameHeader) {
    return 0;
  }
  const std::size_t size = raw[1] * std::size_t{256} + raw[2];
  if (size == 0 || size > (is_sealed() ? kLargestUnit + kNoiseTag : kLargestRejection)) {
    return fail(broken(fmt::format("a frame of {} bytes", size)));
  }
  return size;
}

std::optional<Error> Channel::take_payload(Bytes payload) {
  if (!is_sealed()) {
    return take_handshake(payload);
  }
  const auto unit = ciphers_->receiving.open(payload, {});
  if (!unit) {
    return broken("a frame was changed on its way");
  }
  if (unit->empty()) {
    return broken("a frame without content");
  }
  inbox_.append(as_text(*unit));
  return std::nullopt;
}

std::optional<Error> Channel::take_handshake(Bytes payload) {
  if (payload[0] != static_cast<std::uint8_t>(kHandshakeOk)) {
    const std::string_view reason = as_text(payload.subspan(1));
    return Error(Errc::EncryptionRefused,
                 reason == kMacFailure
                     ? std::string("the device has another encryption key")
                     : fmt::format("the device refused the encryption: {}", reason));
  }
  if (!handshake_->read(payload.subspan(1))) {
    return reject();
  }
  if (role_ == NoiseRole::Responder) {
    const auto answer = handshake_->write();
    if (!answer) {
      return reject();
    }
    append_frame(as_bytes(handshake_payload(kHandshakeOk, as_text(*answer))), reply_);
  }
  ciphers_ = handshake_->split();
  return std::nullopt;
}

std::optional<Error> Channel::reject() {
  append_frame(as_bytes(handshake_payload(kHandshakeRefused, kMacFailure)), reply_);
  return Error(Errc::EncryptionRefused,
               role_ == NoiseRole::Initiator ? "the device has another encryption key"
                                             : "the host has another encryption key");
}

}  // namespace otatool::esphome
