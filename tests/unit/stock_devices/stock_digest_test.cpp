// Checks the digests of the models with the vectors of espota.md 1.2 and 2.2, because a common
// mistake of models and uploader would stay hidden.
#include "tests/support/stock_digest.hpp"

#include <string>

#include <gtest/gtest.h>

namespace otatool::testing {
namespace {

std::string repeated(const char* text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) {
    result += text;
  }
  return result;
}

TEST(StockDigest, Md5Vector) {
  EXPECT_EQ(md5_text("admin"), "21232f297a57a5a743894a0e4a801fc3");
  EXPECT_EQ(expected_md5_response({md5_text("admin"), repeated("ab", 16), repeated("cd", 16)}),
            "6e29c326fd573e571cbf28960cc19fa9");
}

TEST(StockDigest, Sha256Vectors) {
  const std::string nonce = repeated("ab", 32);
  const std::string cnonce = repeated("cd", 32);
  EXPECT_EQ(sha256_text("a-real-password"),
            "980061b57e53c2de71a544b88d868652220a5f638b654459743bc497df202f9e");
  EXPECT_EQ(expected_sha256_response({sha256_text("a-real-password"), nonce, cnonce}),
            "4d63ba8b1efa8949a0c5caefe7e8bc77db582e5531bdf2667c663394b4551b93");
  EXPECT_EQ(expected_sha256_response({md5_text("a-real-password"), nonce, cnonce}),
            "72411b1f2dfce35db7cbd293c3cab25f533496919e272648e90685c4b5cf79af");
  EXPECT_EQ(expected_sha256_response({sha256_text("p\xC3\xA4ssw\xC3\xB6rd"),
                                      std::string(63, '0') + "1",
                                      std::string(64, 'f')}),
            "1204503bb3cb3b37e29ebea07da39553e70e1c1b23b4ad1ec7068550046754ae");
}

}  // namespace
}  // namespace otatool::testing
