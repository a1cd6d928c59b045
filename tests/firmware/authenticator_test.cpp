#include "firmware/core/authenticator.hpp"

#include <string>

#include <gtest/gtest.h>

#include "otatool/espota/digest.hpp"

#include "firmware/core/digest/software_sha256.hpp"
#include "tests/firmware/support/fake_port.hpp"

namespace otatool::firmware {
namespace {

using Verdict = Authenticator::Verdict;

/// Returns the same bytes in every call.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
  void fill(std::uint8_t* bytes, std::size_t length) override {
    for (std::size_t i = 0; i < length; ++i) {
      bytes[i] = bytes_[i % bytes_.size()];
    }
  }

 private:
  std::vector<std::uint8_t> bytes_;
};

std::vector<std::uint8_t> zeros_then_one() {
  std::vector<std::uint8_t> bytes(32);
  bytes.back() = 1;
  return bytes;
}

struct Vector {
  wire::AuthHash hash;
  std::string stored;
  std::vector<std::uint8_t> random;
  char cnonce_first;
  char cnonce_second;
  std::string response;
};

Verdict checked(const Vector& vector, const std::string& response) {
  FixedRandom random(vector.random);
  SoftwareSha256 sha256;
  Authenticator authenticator(
      vector.hash, {vector.stored.data(), vector.stored.size()}, random, sha256);
  authenticator.make_nonce();
  std::string cnonce;
  while (cnonce.size() < authenticator.hex_length()) {
    cnonce += {vector.cnonce_first, vector.cnonce_second};
  }
  authenticator.start_check({cnonce.data(), response.data(), response.size()});
  Verdict verdict = Verdict::Pending;
  while (verdict == Verdict::Pending) {
    verdict = authenticator.check(1000);
  }
  return verdict;
}

const std::vector<Vector>& vectors() {
  static const std::vector<Vector> kAll = {
      {wire::AuthHash::Md5,
       "21232f297a57a5a743894a0e4a801fc3",
       {0xAB},
       'c',
       'd',
       "6e29c326fd573e571cbf28960cc19fa9"},
      {wire::AuthHash::Sha256,
       "980061b57e53c2de71a544b88d868652220a5f638b654459743bc497df202f9e",
       {0xAB},
       'c',
       'd',
       "4d63ba8b1efa8949a0c5caefe7e8bc77db582e5531bdf2667c663394b4551b93"},
      {wire::AuthHash::Sha256,
       "34f3019046f1d1793091b080627a8dbb",
       {0xAB},
       'c',
       'd',
       "72411b1f2dfce35db7cbd293c3cab25f533496919e272648e90685c4b5cf79af"},
      {wire::AuthHash::Sha256,
       espota::sha256_hex(as_bytes("pässwörd")),
       zeros_then_one(),
       'f',
       'f',
       "1204503bb3cb3b37e29ebea07da39553e70e1c1b23b4ad1ec7068550046754ae"}};
  return kAll;
}

TEST(Authenticator, AcceptsTheSpecificationsVectors) {
  for (const Vector& vector : vectors()) {
    EXPECT_EQ(checked(vector, vector.response), Verdict::Accepted) << vector.response;
  }
}

TEST(Authenticator, RefusesAResponseWithAnyDigitChanged) {
  for (const std::size_t which : {0U, 2U}) {
    const Vector& vector = vectors()[which];
    for (std::size_t i = 0; i < vector.response.size(); i += which == 0 ? 1 : 16) {
      std::string response = vector.response;
      response[i] = response[i] == '0' ? '1' : '0';
      EXPECT_EQ(checked(vector, response), Verdict::Refused) << i;
    }
  }
}

TEST(Authenticator, ComparesLowerCaseOnly) {
  std::string response = vectors()[0].response;
  for (char& c : response) {
    c = static_cast<char>(std::toupper(c));
  }
  EXPECT_EQ(checked(vectors()[0], response), Verdict::Refused);
}

TEST(Authenticator, StoredPasswordOfTheWrongLengthAcceptsNothing) {
  Vector wrong = vectors()[0];
  wrong.stored = espota::sha256_hex(as_bytes("admin"));
  const std::string response = espota::md5_response(
      wrong.stored, "abababababababababababababababab", "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd");
  EXPECT_EQ(checked(wrong, response), Verdict::Refused);
  wrong.stored = "";
  EXPECT_EQ(checked(wrong, response), Verdict::Refused);
}

TEST(Authenticator, EveryNonceIsNew) {
  testing::CountingRandom random;
  SoftwareSha256 sha256;
  const std::string stored(32, '0');
  Authenticator authenticator(wire::AuthHash::Md5, {stored.data(), stored.size()}, random, sha256);
  authenticator.make_nonce();
  EXPECT_EQ(std::string(authenticator.nonce(), 32), "000102030405060708090a0b0c0d0e0f");
  authenticator.make_nonce();
  EXPECT_EQ(std::string(authenticator.nonce(), 32), "101112131415161718191a1b1c1d1e1f");
}

}  // namespace
}  // namespace otatool::firmware
