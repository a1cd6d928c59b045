#include "firmware/idf/ota_receiver.hpp"

#include <esp_timer.h>
#include <string.h>

namespace otatool {
namespace {

wire::AuthHash hash_of(const char* password_hash) {
  if (password_hash == nullptr) {
    return wire::AuthHash::None;
  }
  return strlen(password_hash) == wire::kSha256HexLength ? wire::AuthHash::Sha256
                                                         : wire::AuthHash::Md5;
}

size_t length_of(const char* text) {
  return text == nullptr ? 0 : strlen(text);
}

}  // namespace

OtaReceiver::OtaReceiver(const OtaSettings& settings, firmware::Hooks& hooks)
    : settings_(settings),
      verifier_(settings.public_key == nullptr ? "" : settings.public_key),
      updater_(slot_,
               slot_.map(),
               slot_,
               {settings.public_key == nullptr ? nullptr : &verifier_,
                &sha256_,
                nullptr,
                settings.minimum_version}),
      authenticator_(hash_of(settings.password_hash),
                     {settings.password_hash, length_of(settings.password_hash)},
                     random_,
                     sha256_),
      receiver_({link_, hooks, *this, updater_, authenticator_}),
      trial_(slot_, *this, settings.trial_milliseconds) {}

bool OtaReceiver::begin() {
  return slot_.usable() && trial_.begin(now()) && link_.begin(receiver_, settings_.port);
}

// What was not verified does not stay in a filesystem.
void OtaReceiver::end() {
  link_.end();
  updater_.cancel();
}

bool OtaReceiver::poll() {
  link_.poll();
  receiver_.poll(now());
  trial_.poll(now());
  return restart_wanted_;
}

void OtaReceiver::wait(uint32_t milliseconds) const {
  const uint32_t work = receiver_.poll_after(now());
  link_.wait(work < milliseconds ? work : milliseconds);
}

uint32_t OtaReceiver::now() {
  return static_cast<uint32_t>(esp_timer_get_time() / 1000);
}

}  // namespace otatool
