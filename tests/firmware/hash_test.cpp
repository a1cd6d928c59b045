#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "otatool/bytes.hpp"
#include "otatool/espota/digest.hpp"
#include "otatool/wire/crc32.hpp"

#include "firmware/core/digest/hex.hpp"
#include "firmware/core/digest/md5.hpp"
#include "firmware/core/digest/pbkdf2.hpp"
#include "firmware/core/digest/software_sha256.hpp"

namespace otatool::firmware {
namespace {

std::string md5_in_pieces(std::string_view text, std::size_t piece) {
  Md5 md5;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    md5.update(text.data(), std::min(piece, text.size()));
  }
  std::uint8_t digest[Md5::kDigestLength];
  md5.finish(digest);
  return otatool::to_hex(digest);
}

std::string sha256_in_pieces(std::string_view text, std::size_t piece) {
  SoftwareSha256 sha256;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    sha256.update(text.data(), std::min(piece, text.size()));
  }
  std::uint8_t digest[Sha256::kDigestLength];
  sha256.finish(digest);
  return otatool::to_hex(digest);
}

TEST(Md5, MatchesTheVectorsOfRfc1321) {
  EXPECT_EQ(md5_in_pieces("", 1), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(md5_in_pieces("abc", 3), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(md5_in_pieces("12345678901234567890123456789012345678901234567890123456789012345678901"
                          "234567890",
                          80),
            "57edf4a22be3c955ac49da2e2107b67a");
}

TEST(Sha256, MatchesTheVectorsOfFips180) {
  EXPECT_EQ(sha256_in_pieces("", 1),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_in_pieces("abc", 3),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_in_pieces("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 7),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Hashes, MatchOpenSslAtEveryLengthAndSplit) {
  std::string text;
  for (std::size_t length = 0; length < 200; ++length) {
    const std::string md5 = espota::md5_hex(as_bytes(text));
    const std::string sha256 = espota::sha256_hex(as_bytes(text));
    for (const std::size_t piece : {1U, 3U, 63U, 64U, 65U, 200U}) {
      ASSERT_EQ(md5_in_pieces(text, piece), md5) << length;
      ASSERT_EQ(sha256_in_pieces(text, piece), sha256) << length;
    }
    text.push_back(static_cast<char>(length * 7));
  }
}

std::string derived(std::string_view password, std::string_view salt, std::uint32_t iterations) {
  SoftwareSha256 sha256;
  Pbkdf2 pbkdf2(sha256);
  pbkdf2.begin(password.data(), password.size());
  pbkdf2.add_salt(salt.data(), salt.size());
  pbkdf2.start(iterations);
  while (!pbkdf2.run(777)) {
  }
  return otatool::to_hex({pbkdf2.key(), Pbkdf2::kKeyLength});
}

TEST(Pbkdf2, MatchesTheVectorsOfRfc7914) {
  EXPECT_EQ(derived("passwd", "salt", 1),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
  EXPECT_EQ(derived("Password", "NaCl", 80000),
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56");
}

TEST(Pbkdf2, RunsInSlicesOfAnySize) {
  SoftwareSha256 sha256;
  Pbkdf2 pbkdf2(sha256);
  pbkdf2.begin("p", 1);
  pbkdf2.start(101);
  EXPECT_FALSE(pbkdf2.run(50));
  EXPECT_FALSE(pbkdf2.run(49));
  EXPECT_TRUE(pbkdf2.run(1));
  pbkdf2.forget();
  EXPECT_EQ(otatool::to_hex({pbkdf2.key(), 4}), "00000000");
}

TEST(Crc32, MatchesTheCheckValueInAnyPieces) {
  const Bytes text = as_bytes("123456789");
  EXPECT_EQ(wire::crc32(0, text.data(), text.size()), 0xCBF43926U);
  for (std::size_t split = 0; split <= text.size(); ++split) {
    const std::uint32_t first = wire::crc32(0, text.data(), split);
    EXPECT_EQ(wire::crc32(first, text.data() + split, text.size() - split), 0xCBF43926U);
  }
}

TEST(Hex, ReadsBothCasesAndRefusesOtherCharacters) {
  std::uint8_t bytes[2];
  ASSERT_TRUE(from_hex("aB09", 2, bytes));
  EXPECT_EQ(bytes[0], 0xAB);
  EXPECT_EQ(bytes[1], 0x09);
  for (const char* const text : {"ab0g", "/b09", "a:09", "ab@0", "ab`0", "ab 0"}) {
    EXPECT_FALSE(from_hex(text, 2, bytes)) << text;
  }
}

}  // namespace
}  // namespace otatool::firmware
