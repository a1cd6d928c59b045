#include "firmware/core/authenticator.hpp"

#include <string.h>

#include "otatool/wire/constant_time.hpp"

#include "firmware/core/digest/hex.hpp"
#include "firmware/core/digest/md5.hpp"
#include "firmware/core/digest/wipe.hpp"

namespace otatool::firmware {

void Authenticator::make_nonce() {
  uint8_t bytes[wire::kSha256HexLength / 2];
  random_.fill(bytes, hex_length() / 2);
  to_hex(bytes, hex_length() / 2, nonce_);
}

bool Authenticator::password_fits_hash() const {
  return stored_.length == wire::kMd5HexLength ||
         (stored_.length == wire::kSha256HexLength && hash_ == wire::AuthHash::Sha256);
}

void Authenticator::start_check(const wire::Response& response) {
  memcpy(cnonce_, response.cnonce, hex_length());
  memcpy(response_, response.response, hex_length());
  if (hash_ == wire::AuthHash::Sha256 && password_fits_hash()) {
    pbkdf2_.begin(stored_.digits, stored_.length);
    pbkdf2_.add_salt(nonce_, hex_length());
    pbkdf2_.add_salt(":", 1);
    pbkdf2_.add_salt(cnonce_, hex_length());
    pbkdf2_.start(wire::kPbkdf2Iterations);
  }
}

Authenticator::Verdict Authenticator::check(uint32_t rounds) {
  char expected[wire::kSha256HexLength];
  bool accepted = false;
  if (password_fits_hash()) {
    if (hash_ == wire::AuthHash::Md5) {
      compute_md5(expected);
    } else if (pbkdf2_.run(rounds)) {
      compute_sha256(expected);
    } else {
      return Verdict::Pending;
    }
    accepted = wire::equal_in_constant_time(expected, response_, hex_length());
  }
  wipe(expected, sizeof(expected));
  pbkdf2_.forget();
  return accepted ? Verdict::Accepted : Verdict::Refused;
}

void Authenticator::compute_md5(char* expected) {
  uint8_t digest[Md5::kDigestLength];
  Md5 md5;
  md5.update(stored_.digits, stored_.length);
  md5.update(":", 1);
  md5.update(nonce_, hex_length());
  md5.update(":", 1);
  md5.update(cnonce_, hex_length());
  md5.finish(digest);
  to_hex(digest, sizeof(digest), expected);
}

void Authenticator::compute_sha256(char* expected) {
  to_hex(pbkdf2_.key(), Pbkdf2::kKeyLength, expected);
  uint8_t digest[Sha256::kDigestLength];
  sha256_.begin();
  sha256_.update(expected, hex_length());
  sha256_.update(":", 1);
  sha256_.update(nonce_, hex_length());
  sha256_.update(":", 1);
  sha256_.update(cnonce_, hex_length());
  sha256_.finish(digest);
  to_hex(digest, sizeof(digest), expected);
}

}  // namespace otatool::firmware
