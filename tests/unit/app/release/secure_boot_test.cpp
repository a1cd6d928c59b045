// Secure Boot v2 signatures that Python's cryptography made (tests/golden/signing/secure_boot).
#include <algorithm>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/image/problems.hpp"

#include "app/release/verification.hpp"
#include "tests/unit/app/release/release_images.hpp"

namespace otatool::app {
namespace {

using support::Blob;

constexpr std::size_t kSector = 4096;

Blob golden(const std::string& name) {
  return testing::read_file(std::filesystem::path(OTATOOL_SECURE_BOOT) / name);
}

/// app.bin with these blocks in its signature sector.
Blob signed_app(const std::vector<std::string>& blocks) {
  Blob file = golden("app.bin");
  file.resize(kSector, 0xFF);
  for (const std::string& block : blocks) {
    support::append(file, golden(block));
  }
  file.resize(2 * kSector, 0xFF);
  return file;
}

const image::SignatureFacts& signature_of(const ExaminedFile& file) {
  return file.examined.file.signature.value();
}

class SecureBoot : public ::testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] static Blob file() { return signed_app({std::string(GetParam()) + ".block"}); }
  static bool has_problem(const ExaminedFile& examined_file, const std::string& code) {
    const auto found = image::problems(examined_file.examined);
    return std::ranges::any_of(found, [&](const auto& problem) { return problem.code == code; });
  }
};

TEST_P(SecureBoot, VerifiesWithTheKeyOfTheBlock) {
  const ExaminedFile app = examined(file());
  ASSERT_EQ(signature_of(app).blocks.size(), 1U);
  const image::SecureBootBlock& block = signature_of(app).blocks.front();
  EXPECT_TRUE(block.crc_matches);
  EXPECT_EQ(block.digest_matches, true);
  EXPECT_EQ(block.signature_matches, true);
  EXPECT_EQ(block.key_fingerprint.size(), 64U);
  EXPECT_FALSE(has_problem(app, "signature-secure-boot"));
}

TEST_P(SecureBoot, NoticesAnotherImage) {
  Blob bytes = file();
  bytes[60] ^= 1;  // in the segment
  const ExaminedFile app = examined(bytes);
  EXPECT_EQ(signature_of(app).blocks.front().digest_matches, false);
  EXPECT_EQ(signature_of(app).blocks.front().signature_matches, false);
  EXPECT_TRUE(has_problem(app, "signature-digest"));
}

TEST_P(SecureBoot, NoticesADamagedSignature) {
  Blob bytes = file();
  const bool rsa = std::string(GetParam()) == "rsa";
  bytes[kSector + (rsa ? 900 : 120)] ^= 1;
  const ExaminedFile app = examined(bytes);
  EXPECT_EQ(signature_of(app).blocks.front().digest_matches, true);
  EXPECT_EQ(signature_of(app).blocks.front().signature_matches, false);
  EXPECT_TRUE(has_problem(app, "signature-secure-boot"));
}

INSTANTIATE_TEST_SUITE_P(OfEachKey, SecureBoot, ::testing::Values("rsa", "p192", "p256", "p384"));

TEST(SecureBootBlocks, AreAllVerified) {
  const ExaminedFile app = examined(signed_app({"rsa.block", "p256.block", "p384.block"}));
  ASSERT_EQ(signature_of(app).blocks.size(), 3U);
  for (const image::SecureBootBlock& block : signature_of(app).blocks) {
    EXPECT_EQ(block.signature_matches, true);
  }
}

TEST(SecureBootBlocks, NeedTheRightKey) {
  const auto verification =
      verify(examined(signed_app({"rsa.block", "p256.block"})), private_key().public_half());
  EXPECT_FALSE(verification.valid);
  EXPECT_EQ(verification.form, SignatureForm::SecureBootV2);
  EXPECT_EQ(verification.problem->message(), "none of the 2 Secure Boot blocks carries this key");
}

TEST(SecureBootBlocks, OfVersion1NeedTheRightKey) {
  const auto verification = verify(examined(support::with_secure_boot_v1(support::esp32_image())),
                                   private_key("p256.pem").public_half());
  EXPECT_FALSE(verification.valid);
  EXPECT_EQ(verification.form, SignatureForm::SecureBootV1);
}

}  // namespace
}  // namespace otatool::app
