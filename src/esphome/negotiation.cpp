// The device's answers up to its MD5 acknowledgement (esphome-ota.md 2, steps 2 to 10).
#include <array>
#include <fmt/format.h>

#include "esphome/challenge.hpp"
#include "esphome/device_error.hpp"
#include "esphome/protocol.hpp"
#include "esphome/session_state.hpp"

namespace otatool::esphome {
namespace {

constexpr std::uint8_t kNewestVersion = 2;

/// What the device was to send, by Step.
constexpr std::array<std::string_view, 13> kAwaited = {"its greeting",
                                                       "its version",
                                                       "its features",
                                                       "its features",
                                                       "its part of the encryption",
                                                       "its kind of authentication",
                                                       "its challenge",
                                                       "its verdict on the password",
                                                       "its readiness for the image",
                                                       "its answer to the MD5",
                                                       "an acknowledgement",
                                                       "its verdict",
                                                       "nothing"};

}  // namespace

std::string_view Session::State::awaited() const {
  return kAwaited[static_cast<std::size_t>(step_)];
}

void Session::State::take_answer(std::uint8_t answer) {
  if (answer >= kFirstFault && step_ != Step::FeatureFlags && step_ != Step::Nothing) {
    end(device_error(answer));
    return;
  }
  switch (step_) {
    case Step::Version:
      return take_version(answer);
    case Step::Features:
      return take_features(answer);
    case Step::FeatureFlags:
      return take_feature_flags(answer);
    case Step::Auth:
      return take_auth(answer);
    case Step::Nonce:
      return take_nonce_digit(answer);
    case Step::Data:
      return take_progress(answer);
    case Step::Verdict:
      return take_verdict(answer);
    case Step::Nothing:
      return;
    default:
      return take_consent(answer);
  }
}

/// An answer of which only one value is good.
void Session::State::take_consent(std::uint8_t answer) {
  if (step_ == Step::Greeting && answer == kOk) {
    expect(Step::Version);
  } else if (step_ == Step::AuthResult && answer == kAuthOk) {
    authenticated();
  } else if (step_ == Step::PrepareOk && answer == kPrepareOk) {
    send_unit(as_bytes(md5_));
    expect(Step::Md5Ok);
  } else if (step_ == Step::Md5Ok && answer == kMd5Ok) {
    expect(Step::Data);
  } else {
    unexpected(answer);
  }
}

void Session::State::take_version(std::uint8_t version) {
  if (version == 0 || version > kNewestVersion) {
    fail(Errc::DeviceRefused,
         fmt::format("the device speaks version {} of the update protocol; otatool knows 1 and 2",
                     version));
    return;
  }
  version_ = version;
  const unsigned gzip = plan_.offer_gzip ? unsigned{kHostGzip} : 0U;
  const unsigned noise = plan_.key ? unsigned{kHostNoise} : 0U;
  features_ = static_cast<std::uint8_t>(kHostSha256 | kHostExtended | gzip | noise);
  send_byte(features_);
  expect(Step::Features);
}

void Session::State::take_features(std::uint8_t answer) {
  if (answer == kFeatureFlags) {
    extended_ = true;
    expect(Step::FeatureFlags);
  } else if (answer != kHeaderOk && answer != kWantsGzip) {
    unexpected(answer);
  } else if (plan_.key) {
    begin_encryption(0);
  } else {
    gzip_ = plan_.offer_gzip && answer == kWantsGzip;
    expect(Step::Auth);
  }
}

void Session::State::take_feature_flags(std::uint8_t flags) {
  gzip_ = plan_.offer_gzip && (flags & kDeviceGzip) != 0;
  if (plan_.key) {
    begin_encryption(flags);
  } else {
    expect(Step::Auth);
  }
}

void Session::State::begin_encryption(std::uint8_t flags) {
  if ((flags & kDeviceNoise) == 0) {
    fail(Errc::EncryptionMissing,
         "the device does not offer encryption, and there is an encryption key for it");
    return;
  }
  expect(Step::Handshake);
  const std::string prologue = noise_prologue(version_, features_, flags);
  NoiseSecret ephemeral;
  ephemeral.bytes = seed_.ephemeral;
  NoiseHandshake handshake(NoiseRole::Initiator, *plan_.key, as_bytes(prologue), ephemeral);
  if (const auto error =
          channel_.start_handshake(std::move(handshake), NoiseRole::Initiator, outbox_)) {
    end(*error);
  }
}

void Session::State::take_auth(std::uint8_t answer) {
  if (answer == kAuthOk) {
    authenticated();
    return;
  }
  if (answer != kMd5Challenge && answer != kSha256Challenge) {
    unexpected(answer);
    return;
  }
  challenge_ = answer == kSha256Challenge ? Challenge::Sha256 : Challenge::Md5;
  if (challenge_ == Challenge::Md5 && plan_.require_sha256) {
    fail(Errc::WeakChallenge, "the device asks for the password with MD5");
  } else if (!plan_.password) {
    fail(Errc::PasswordNeeded, "the device asks for a password");
  } else {
    expect(Step::Nonce);
  }
}

void Session::State::take_nonce_digit(std::uint8_t digit) {
  const auto character = static_cast<char>(digit);
  if (hex_value(character) < 0) {
    fail(Errc::UnknownChallenge, "the challenge of the device is not hexadecimal");
    return;
  }
  nonce_.push_back(character);
  if (nonce_.size() == challenge_digits(challenge_)) {
    respond();
  }
}

void Session::State::respond() {
  const std::string cnonce = to_hex(Bytes(seed_.cnonce).first(nonce_.size() / 2));
  // Two units: devices read each from a frame of its own (esphome-ota.md 5).
  send_unit(as_bytes(cnonce));
  send_unit(as_bytes(challenge_response(challenge_, plan_.password->reveal(), nonce_, cnonce)));
  expect(Step::AuthResult);
}

void Session::State::authenticated() {
  choosing_ = true;
}

}  // namespace otatool::esphome
