#include "otatool/wire/espota.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace otatool::wire {
namespace {

constexpr std::string_view kMd5 = "0123456789abcdef0123456789abcdef";

bool parses(std::string_view text, Invitation& out) {
  return parse_invitation(text.data(), text.size(), out);
}

TEST(Invitation, IsWrittenAsDevicesReadIt) {
  Invitation invitation{Command::Flash, 48266, 409600, {}};
  kMd5.copy(invitation.md5, kMd5.size());
  char buffer[kMaxInvitationLength];
  const std::string_view text(buffer, format_invitation(invitation, buffer));
  EXPECT_EQ(text, "0 48266 409600 0123456789abcdef0123456789abcdef\n");

  Invitation read{};
  ASSERT_TRUE(parses(text, read));
  EXPECT_EQ(read.command, Command::Flash);
  EXPECT_EQ(read.host_port, 48266);
  EXPECT_EQ(read.image_size, 409600U);
  EXPECT_EQ(std::string_view(read.md5, kMd5HexLength), kMd5);
}

TEST(Invitation, FillsItsBufferAtTheLargestNumbers) {
  Invitation invitation{Command::Filesystem, 65535, 4294967295U, {}};
  kMd5.copy(invitation.md5, kMd5.size());
  char buffer[kMaxInvitationLength];
  EXPECT_LE(format_invitation(invitation, buffer), kMaxInvitationLength);
}

TEST(Invitation, EveryPrefixIsRefused) {
  const std::string whole = "100 65535 4294967295 " + std::string(kMd5);
  Invitation out{};
  ASSERT_TRUE(parses(whole, out));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(parses(whole.substr(0, length), out)) << length;
  }
}

TEST(Invitation, BadFieldsAreRefused) {
  Invitation out{};
  for (const std::string text : {"1 2 3 ",
                                 "200 8266 3 ",
                                 "0 65536 3 ",
                                 "0 0 3 ",
                                 "0 1 4294967296 ",
                                 "-1 2 3 ",
                                 "0 1 x ",
                                 " 0 1 3 ",
                                 "0  1 3 "}) {
    EXPECT_FALSE(parses(text + std::string(kMd5), out)) << text;
  }
  EXPECT_FALSE(parses("0 1 3 " + std::string(kMd5) + "0", out));
  EXPECT_FALSE(parses("0 1 3 " + std::string(kMd5) + " more", out));
}

TEST(Challenge, NonceMayHaveAnyLength) {
  Challenge challenge{};
  for (const std::size_t length : {0U, 31U, 32U, 64U, 100U}) {
    const std::string text = "AUTH " + std::string(length, 'a');
    ASSERT_TRUE(parse_challenge(text.data(), text.size(), challenge));
    EXPECT_EQ(challenge.nonce_length, length);
  }
  EXPECT_FALSE(parse_challenge("OK", 2, challenge));
  EXPECT_FALSE(parse_challenge("AUTH", 4, challenge));
}

TEST(Challenge, IsWrittenAsHostsReadIt) {
  char buffer[kMaxChallengeLength];
  EXPECT_EQ(format_challenge({kMd5.data(), kMd5.size()}, buffer), 37U);
  EXPECT_EQ(std::string_view(buffer, 37), "AUTH " + std::string(kMd5));
}

TEST(Response, RoundTripsInBothLengths) {
  for (const std::size_t length : {kMd5HexLength, kSha256HexLength}) {
    const std::string cnonce(length, 'c');
    const std::string answer(length, 'd');
    char buffer[kMaxResponseLength];
    const std::size_t written = format_response({cnonce.data(), answer.data(), length}, buffer);
    EXPECT_EQ(std::string_view(buffer, written), "200 " + cnonce + " " + answer + "\n");
    Response read{};
    ASSERT_TRUE(parse_response(buffer, written, length, read));
    EXPECT_EQ(std::string_view(read.cnonce, length), cnonce);
    EXPECT_EQ(std::string_view(read.response, length), answer);
    EXPECT_FALSE(parse_response(buffer, written, kMd5HexLength + kSha256HexLength - length, read));
    EXPECT_FALSE(parse_response(buffer, written - 2, length, read));
  }
}

}  // namespace
}  // namespace otatool::wire
