#include "firmware/core/digest/pbkdf2.hpp"

#include <string.h>

#include "firmware/core/digest/wipe.hpp"

namespace otatool::firmware {

void Pbkdf2::begin(const void* password, size_t length) {
  uint8_t block[Sha256::kBlockLength] = {};
  memcpy(block, password, length < kMaxPasswordLength ? length : kMaxPasswordLength);
  for (uint8_t& byte : block) {
    byte ^= 0x5C;
  }
  sha256_.begin();
  sha256_.update(block, sizeof(block));
  sha256_.save(outer_);
  for (uint8_t& byte : block) {
    byte ^= 0x5C ^ 0x36;
  }
  sha256_.begin();
  sha256_.update(block, sizeof(block));
  sha256_.save(inner_);
  wipe(block, sizeof(block));
}

void Pbkdf2::add_salt(const void* bytes, size_t length) {
  sha256_.update(bytes, length);
}

void Pbkdf2::start(uint32_t iterations) {
  constexpr uint8_t kFirstBlock[4] = {0, 0, 0, 1};
  sha256_.update(kFirstBlock, sizeof(kFirstBlock));
  finish_hmac(mac_);
  memcpy(key_, mac_, sizeof(key_));
  left_ = iterations - 1;
}

bool Pbkdf2::run(uint32_t count) {
  for (; count != 0 && left_ != 0; --count, --left_) {
    sha256_.resume(inner_);
    sha256_.update(mac_, sizeof(mac_));
    finish_hmac(mac_);
    for (size_t i = 0; i < sizeof(key_); ++i) {
      key_[i] ^= mac_[i];
    }
  }
  return left_ == 0;
}

void Pbkdf2::finish_hmac(uint8_t* mac) {
  sha256_.finish(mac);
  sha256_.resume(outer_);
  sha256_.update(mac, Sha256::kDigestLength);
  sha256_.finish(mac);
}

void Pbkdf2::forget() {
  wipe(inner_, sizeof(inner_));
  wipe(outer_, sizeof(outer_));
  wipe(mac_, sizeof(mac_));
  wipe(key_, sizeof(key_));
  left_ = 0;
}

}  // namespace otatool::firmware
