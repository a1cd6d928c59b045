#include "http/auth/form_token.hpp"

#include <array>
#include <fmt/format.h>

#include "otatool/bytes.hpp"
#include "otatool/espota/digest.hpp"

namespace otatool::http {
namespace {

constexpr std::int64_t kDay = 86400;

/// RFC 2104 for a key of 64 bytes, the block size of SHA-256, which needs no preparation.
std::string hmac_sha256(std::string_view key, std::string_view text) {
  const auto padded = [key](char pad) {
    std::string block(key);
    for (char& letter : block) {
      letter = static_cast<char>(letter ^ pad);
    }
    return block;
  };
  const auto inner = from_hex(espota::sha256_hex(as_bytes(padded('\x36').append(text))));
  return espota::sha256_hex(as_bytes(padded('\x5C').append(as_text(*inner))));
}

/// Lengths before the texts keep them apart.
std::string text_of(const FormPurpose& purpose, std::int64_t day) {
  return fmt::format("{} {}:{} {}:{} {}:{}",
                     day,
                     purpose.user.size(),
                     purpose.user,
                     purpose.rule.size(),
                     purpose.rule,
                     purpose.version.size(),
                     purpose.version);
}

std::string token_of(const Secret& key, const FormPurpose& purpose, std::int64_t day) {
  // 64 hex digits: a key of exactly one block.
  return hmac_sha256(espota::sha256_hex(as_bytes(key.reveal())), text_of(purpose, day));
}

}  // namespace

std::string form_token(const Secret& key, const FormPurpose& purpose, std::int64_t now) {
  return token_of(key, purpose, now / kDay);
}

bool is_form_token(std::string_view token,
                   const Secret& key,
                   const FormPurpose& purpose,
                   std::int64_t now) {
  bool valid = false;
  for (const std::int64_t age : {0, 1}) {
    valid = same_secret(token, token_of(key, purpose, now / kDay - age)) || valid;
  }
  return valid;
}

}  // namespace otatool::http
