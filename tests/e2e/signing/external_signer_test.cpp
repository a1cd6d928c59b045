// `otatool digest` and `otatool attach` with openssl as the external signer.
#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/signing/signing_commands.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;

class ExternalSigner : public ::testing::Test {
 protected:
  Outcome attach(const std::string& image, std::vector<std::string> options = {}) {
    std::vector<std::string> words = {
        "attach", image, "--signature", "sig", "--pubkey", "public.key", "-o", "out"};
    words.insert(words.end(), options.begin(), options.end());
    return folder_.otatool(std::move(words));
  }
  const SigningFolder folder_;
};

TEST_F(ExternalSigner, WritesTheSameFileAsDirectSigning) {
  const Outcome digest = folder_.otatool({"digest", "app.bin", "-o", "digest"});
  EXPECT_EQ(digest.exit_code, 0);
  EXPECT_THAT(digest.error, HasSubstr("RSASSA-PKCS1-v1_5 with SHA-256"));
  EXPECT_EQ(folder_.read("digest").size(), 32U);
  ASSERT_TRUE(
      folder_.shell("openssl pkeyutl -sign -inkey private.key -pkeyopt digest:sha256 "
                    "-in digest | openssl base64 -out sig"));
  EXPECT_EQ(attach("app.bin").exit_code, 0);
  ASSERT_EQ(folder_.otatool({"sign", "app.bin", "-k", "private.key"}).exit_code, 0);
  EXPECT_EQ(folder_.read("out"), folder_.read("app.bin.signed"));
}

TEST_F(ExternalSigner, DigestAndAttachRepackAPackageIdentically) {
  ASSERT_TRUE(folder_.shell("for n in a ab abc abcd; do cp app.bin $n; gzip -9kN $n; done"));
  for (const std::string package : {"a.gz", "ab.gz", "abc.gz", "abcd.gz"}) {
    ASSERT_EQ(folder_.otatool({"digest", package, "-o", "digest"}).exit_code, 0);
    ASSERT_TRUE(
        folder_.shell("openssl pkeyutl -sign -inkey private.key -pkeyopt digest:sha256 "
                      "-in digest -out sig"));
    EXPECT_EQ(attach(package).exit_code, 0);
    EXPECT_EQ(folder_.otatool({"verify", "out", "--pubkey", "public.key"}).exit_code, 0);
  }
}

TEST_F(ExternalSigner, NamesTheSaltLengthForAnEsp32) {
  const Outcome outcome =
      folder_.otatool({"digest", "esp32.bin", "--pubkey", "public.key", "--json"});
  EXPECT_EQ(outcome.exit_code, 0);
  const auto document = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(document["form"], "esp32");
  EXPECT_EQ(document["digest"].get<std::string>().size(), 64U);
  EXPECT_THAT(document["operation"].get<std::string>(), HasSubstr("salt of 222 bytes"));
  ASSERT_TRUE(
      folder_.shell("openssl dgst -sha256 -sign private.key -sigopt rsa_padding_mode:pss "
                    "-sigopt rsa_pss_saltlen:222 -out sig esp32.bin"));
  EXPECT_EQ(attach("esp32.bin").exit_code, 0);
}

TEST_F(ExternalSigner, ReportsAWrongPaddingAndWritesNothing) {
  ASSERT_TRUE(
      folder_.shell("openssl dgst -sha256 -sign private.key -sigopt rsa_padding_mode:pss "
                    "-out sig app.bin"));
  Outcome outcome = attach("app.bin");
  EXPECT_EQ(outcome.exit_code, 8);
  EXPECT_THAT(outcome.error, HasSubstr("the padding is RSA-PSS, but esp8266 devices need PKCS#1"));
  ASSERT_TRUE(folder_.shell("openssl dgst -sha256 -sign private.key -out sig esp32.bin"));
  outcome = attach("app.bin");
  EXPECT_EQ(outcome.exit_code, 8);
  EXPECT_THAT(outcome.error, HasSubstr("is for other content"));
  ASSERT_TRUE(folder_.shell("echo no >sig"));
  EXPECT_EQ(attach("app.bin").exit_code, 8);
  EXPECT_FALSE(folder_.has("out"));
}

}  // namespace
}  // namespace otatool::test
