#include "esphome/challenge.hpp"

#include "otatool/espota/digest.hpp"

#include "esphome/protocol.hpp"

namespace otatool::esphome {

std::string challenge_response(Challenge challenge,
                               std::string_view password,
                               std::string_view nonce,
                               std::string_view cnonce) {
  std::string joined;
  joined.reserve(password.size() + nonce.size() + cnonce.size());  // no copy is left behind
  joined.append(password).append(nonce).append(cnonce);
  const Secret text(std::move(joined));
  const Bytes bytes = as_bytes(text.reveal());
  return challenge == Challenge::Sha256 ? espota::sha256_hex(bytes) : espota::md5_hex(bytes);
}

std::size_t challenge_digits(Challenge challenge) {
  return challenge == Challenge::Sha256 ? kSha256Digits : kMd5Digits;
}

}  // namespace otatool::esphome
