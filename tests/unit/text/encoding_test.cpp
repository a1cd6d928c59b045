#include <string_view>

#include <gtest/gtest.h>

#include "otatool/base64.hpp"
#include "otatool/bytes.hpp"
#include "otatool/number.hpp"

namespace otatool {
namespace {

TEST(ParseNumber, MatchesOnlyTheWholeText) {
  EXPECT_EQ(parse_number<unsigned>("42"), 42U);
  EXPECT_EQ(parse_number<unsigned>("ff", 16), 255U);
  for (const std::string_view text : {"", "-1", "+1", " 1", "1 ", "0x1", "4294967296"}) {
    EXPECT_EQ(parse_number<std::uint32_t>(text), std::nullopt) << text;
  }
}

TEST(Hex, ReadsBothCasesAndWritesLowerCase) {
  EXPECT_EQ(from_hex("00fFaB"), (std::vector<std::uint8_t>{0x00, 0xFF, 0xAB}));
  EXPECT_EQ(to_hex(std::vector<std::uint8_t>{0x00, 0xFF, 0xAB}), "00ffab");
  for (const std::string_view text : {"0", "0g", "0x", " 0"}) {
    EXPECT_EQ(from_hex(text), std::nullopt) << text;
  }
}

// RFC 4648 section 10.
TEST(Base64, AgreesWithTheVectorsOfRfc4648) {
  for (const auto& [plain, encoded] : {std::pair{"", ""},
                                       {"f", "Zg=="},
                                       {"fo", "Zm8="},
                                       {"foo", "Zm9v"},
                                       {"foob", "Zm9vYg=="},
                                       {"fooba", "Zm9vYmE="},
                                       {"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
    const auto decoded = from_base64(encoded);
    ASSERT_TRUE(decoded) << encoded;
    EXPECT_EQ(as_text(*decoded), plain);
  }
}

TEST(Base64, RefusesNonCanonicalText) {
  for (const std::string_view text : {"Z", "Zg=a", "Zm9v!", "Zh==", "Zm9=", "Zg==="}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
  EXPECT_TRUE(from_base64("Zg")) << "padding is optional";
}

}  // namespace
}  // namespace otatool
