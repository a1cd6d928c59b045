#include "otatool/espota/digest.hpp"

#include <string>

#include <gtest/gtest.h>

namespace otatool::espota {
namespace {

std::string repeat(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) {
    all += text;
  }
  return all;
}

TEST(Digest, StoredFormIsTheHashOfThePassword) {
  EXPECT_EQ(stored_form("admin", PasswordForm::Md5).reveal(), "21232f297a57a5a743894a0e4a801fc3");
  EXPECT_EQ(stored_form("a-real-password", PasswordForm::Md5).reveal(),
            "34f3019046f1d1793091b080627a8dbb");
  EXPECT_EQ(stored_form("a-real-password", PasswordForm::Sha256).reveal(),
            "980061b57e53c2de71a544b88d868652220a5f638b654459743bc497df202f9e");
}

TEST(Digest, ResponseToAShortNonceUsesMd5) {
  EXPECT_EQ(md5_response("21232f297a57a5a743894a0e4a801fc3", repeat("ab", 16), repeat("cd", 16)),
            "6e29c326fd573e571cbf28960cc19fa9");
}

TEST(Digest, ResponseToALongNonceUsesPbkdf2) {
  const std::string nonce = repeat("ab", 32);
  const std::string cnonce = repeat("cd", 32);
  EXPECT_EQ(sha256_response(
                "980061b57e53c2de71a544b88d868652220a5f638b654459743bc497df202f9e", nonce, cnonce),
            "4d63ba8b1efa8949a0c5caefe7e8bc77db582e5531bdf2667c663394b4551b93");
  EXPECT_EQ(sha256_response("34f3019046f1d1793091b080627a8dbb", nonce, cnonce),
            "72411b1f2dfce35db7cbd293c3cab25f533496919e272648e90685c4b5cf79af");
}

TEST(Digest, HashesTheBytesOfAUtf8Password) {
  const Secret stored = stored_form("p\xC3\xA4ssw\xC3\xB6rd", PasswordForm::Sha256);
  EXPECT_EQ(sha256_response(stored.reveal(), repeat("0", 63) + "1", repeat("f", 64)),
            "1204503bb3cb3b37e29ebea07da39553e70e1c1b23b4ad1ec7068550046754ae");
}

}  // namespace
}  // namespace otatool::espota
