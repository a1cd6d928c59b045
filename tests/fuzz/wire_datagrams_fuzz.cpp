// Datagrams of both sides: the parts of a datagram that parses are inside it, and it reads back
// after it was written.
#include <cstring>
#include <functional>

#include "otatool/wire/espota.hpp"
#include "otatool/wire/resume.hpp"

#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool::wire;
using otatool::fuzz::require;

bool lies_within(const char* part, std::size_t part_length, const char* text, std::size_t length) {
  return std::less_equal<>()(text, part) && part_length <= length &&
         std::less_equal<>()(part + part_length, text + length);
}

void check_invitation(const char* text, std::size_t length) {
  Invitation invitation{};
  if (!parse_invitation(text, length, invitation)) {
    return;
  }
  require(invitation.host_port != 0, "an invitation names a port");
  char buffer[kMaxInvitationLength];
  const std::size_t written = format_invitation(invitation, buffer);
  require(written <= sizeof(buffer), "an invitation fits its buffer");
  Invitation again{};
  require(parse_invitation(buffer, written, again), "a written invitation parses");
  require(again.command == invitation.command && again.host_port == invitation.host_port &&
              again.image_size == invitation.image_size &&
              std::memcmp(again.md5, invitation.md5, kMd5HexLength) == 0,
          "an invitation keeps its values");
}

void check_challenge(const char* text, std::size_t length) {
  Challenge challenge{};
  if (!parse_challenge(text, length, challenge)) {
    return;
  }
  require(lies_within(challenge.nonce, challenge.nonce_length, text, length),
          "a nonce lies within its datagram");
  if (challenge.nonce_length <= kSha256HexLength) {
    char buffer[kMaxChallengeLength];
    const std::size_t written = format_challenge(challenge, buffer);
    Challenge again{};
    require(parse_challenge(buffer, written, again) &&
                again.nonce_length == challenge.nonce_length &&
                std::memcmp(again.nonce, challenge.nonce, again.nonce_length) == 0,
            "a challenge keeps its nonce");
  }
}

void check_response(const char* text, std::size_t length, std::size_t hex_length) {
  Response response{};
  if (!parse_response(text, length, hex_length, response)) {
    return;
  }
  require(response.hex_length == hex_length &&
              lies_within(response.cnonce, hex_length, text, length) &&
              lies_within(response.response, hex_length, text, length),
          "the fields of a response lie within its datagram");
  char buffer[kMaxResponseLength];
  const std::size_t written = format_response(response, buffer);
  Response again{};
  require(written <= sizeof(buffer) && parse_response(buffer, written, hex_length, again) &&
              std::memcmp(again.cnonce, response.cnonce, hex_length) == 0 &&
              std::memcmp(again.response, response.response, hex_length) == 0,
          "a response keeps its values");
}

void check_offer(const char* text, std::size_t length) {
  Kept kept{};
  if (!parse_kept(text, length, kept)) {
    return;
  }
  require(kept.bytes != 0, "an offer is not empty");
  char buffer[kMaxKeptLength];
  const std::size_t written = format_kept(kept, buffer);
  Kept again{};
  require(written <= sizeof(buffer) && parse_kept(buffer, written, again) &&
              again.bytes == kept.bytes && std::memcmp(again.md5, kept.md5, kMd5HexLength) == 0,
          "an offer keeps its values");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const char* text = reinterpret_cast<const char*>(data);
  check_invitation(text, size);
  check_challenge(text, size);
  check_offer(text, size);
  check_response(text, size, kMd5HexLength);
  check_response(text, size, kSha256HexLength);
  return 0;
}
