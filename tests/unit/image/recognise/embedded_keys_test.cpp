#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/image/read_image.hpp"

namespace otatool::image {
namespace {

constexpr std::string_view kPublic =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKq0b3F1zYw7cF2m0u8mQ1rS7u3mH0m2\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view kPrivate =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF\n\n"
    "MIIBOgIBAAJBAKq0b3F1zYw7cF2m0u8mQ1rS7u3mH0m2\n"
    "-----END RSA PRIVATE KEY-----\n";

std::vector<EmbeddedKey> keys_in(std::string text) {
  return read_image(support::arduino_image({.text = std::move(text)})).keys;
}

TEST(EmbeddedKeys, FindsAPublicKeyWhole) {
  const auto keys = keys_in("junk" + std::string(kPublic) + "junk");
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].label, "PUBLIC KEY");
  EXPECT_FALSE(keys[0].is_private);
  EXPECT_EQ(keys[0].pem, kPublic);
  EXPECT_EQ(keys[0].offset, 0x1010U + 3001 + 4);
}

TEST(EmbeddedKeys, WarnsOfAPrivateKeyAndKeepsItToItself) {
  const auto keys = keys_in(std::string(kPrivate) + std::string(kPublic));
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_TRUE(keys[0].is_private);
  EXPECT_EQ(keys[0].label, "RSA PRIVATE KEY");
  EXPECT_EQ(keys[0].pem, "");
  const auto found =
      problems(examine_image(support::arduino_image({.text = std::string(kPrivate)})));
  EXPECT_THAT(codes(found, Level::Warning), testing::Contains("private-key-embedded"));
}

TEST(EmbeddedKeys, PassesOverTheWordsOfAParser) {
  using namespace std::string_literals;
  EXPECT_TRUE(keys_in("-----BEGIN RSA PRIVATE KEY-----\0-----END RSA PRIVATE KEY-----\0"s).empty());
  EXPECT_TRUE(keys_in("-----BEGIN \0PUBLIC KEY"s).empty());
  EXPECT_TRUE(keys_in("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"s).empty());
  EXPECT_TRUE(keys_in("-----BEGIN PUBLIC KEY-----\n" + std::string(100, 'A')).empty());
  EXPECT_TRUE(keys_in("-----BEGIN \x1B[2J PUBLIC KEY-----\n" + std::string(100, 'A') +
                      "\n-----END \x1B[2J PUBLIC KEY-----")
                  .empty());
}

TEST(EmbeddedKeys, StopsAtSomeNumber) {
  std::string many;
  for (int i = 0; i < 40; ++i) {
    many += kPublic;
  }
  EXPECT_EQ(keys_in(many).size(), 8U);
}

}  // namespace
}  // namespace otatool::image
