// `otatool sign --format secure-boot-v2`, checked by secure_boot_check.py, which computes each
// field of a block and verifies with openssl.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/signing/signing_commands.hpp"
#include "tests/golden/signing/test_keys.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class SecureBootCommand : public ::testing::Test {
 protected:
  SecureBootCommand() {
    folder_.write("rsa.key", testing::key_file("rsa-3072.pem"));
    EXPECT_TRUE(
        folder_.shell("openssl pkey -in rsa.key -pubout -out rsa.pub && "
                      "openssl ecparam -name prime256v1 -genkey -noout -out two.key && "
                      "openssl pkey -in two.key -pubout -out two.pub"));
  }
  [[nodiscard]] Outcome sign(const std::string& image,
                             const std::string& key,
                             const std::string& output,
                             std::vector<std::string> more = {}) const {
    more.insert(more.begin(),
                {"sign", image, "-k", key, "-o", output, "--format", "secure-boot-v2"});
    return folder_.otatool(std::move(more));
  }
  [[nodiscard]] bool is_right(const std::string& signed_file, const std::string& keys) const {
    return folder_.shell("python3 " SECURE_BOOT_CHECK " esp32.bin " + signed_file + " " + keys);
  }
  const SigningFolder folder_;
};

TEST_F(SecureBootCommand, MakesABlockOfEachKindOfKey) {
  for (const std::string key : {"rsa", "ec"}) {
    const Outcome outcome = sign("esp32.bin", key + ".key", "out");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(
        outcome.output,
        AllOf(HasSubstr("Secure Boot blocks: 1 of 3"), HasSubstr("bootloaders of ESP-IDF")));
    EXPECT_TRUE(is_right("out", key + ".pub"));
    EXPECT_EQ(folder_.otatool({"verify", "out", "-p", key + ".pub", "--form", "secure-boot-v2"})
                  .exit_code,
              0);
    ASSERT_EQ(folder_.otatool({"strip", "out", "-o", "bare"}).exit_code, 0);
    EXPECT_EQ(folder_.read("bare"), folder_.read("esp32.bin"));
  }
  EXPECT_FALSE(is_right("out", "rsa.pub")) << "the check must notice another key";
}

TEST_F(SecureBootCommand, AppendsUpToThreeBlocks) {
  ASSERT_EQ(sign("esp32.bin", "rsa.key", "one").exit_code, 0);
  ASSERT_EQ(sign("one", "ec.key", "two").exit_code, 0);
  const Outcome third = sign("two", "two.key", "three");
  EXPECT_EQ(third.exit_code, 0) << third.error;
  EXPECT_THAT(third.output, HasSubstr("Secure Boot blocks: 3 of 3"));
  EXPECT_TRUE(is_right("three", "rsa.pub ec.pub two.pub"));
  for (const std::string key : {"rsa.pub", "ec.pub", "two.pub"}) {
    EXPECT_EQ(folder_.otatool({"verify", "three", "-p", key}).exit_code, 0);
  }
  ASSERT_TRUE(folder_.shell("openssl ecparam -name prime256v1 -genkey -noout -out four.key"));
  const Outcome fourth = sign("three", "four.key", "four");
  EXPECT_EQ(fourth.exit_code, 8);
  EXPECT_THAT(fourth.error, HasSubstr("three Secure Boot blocks, which is the most"));
  EXPECT_FALSE(folder_.has("four"));
}

TEST_F(SecureBootCommand, AppendsNoSecondBlockOfAKeyAndNoneToADamagedOne) {
  ASSERT_EQ(sign("esp32.bin", "ec.key", "one").exit_code, 0);
  const Outcome again = sign("one", "ec.key", "two");
  EXPECT_EQ(again.exit_code, 8);
  EXPECT_THAT(again.error, HasSubstr("has this key already"));
  ASSERT_TRUE(folder_.shell(
      "cp one damaged && printf x | dd of=damaged bs=1 seek=60 conv=notrunc 2>dd.log"));
  const Outcome damaged = sign("damaged", "rsa.key", "two");
  EXPECT_EQ(damaged.exit_code, 8);
  EXPECT_THAT(damaged.error, HasSubstr("block 1 of 1 does not verify"));
  EXPECT_FALSE(folder_.has("two"));
  ASSERT_EQ(sign("one", "rsa.key", "two", {"--force"}).exit_code, 0);
  EXPECT_TRUE(is_right("two", "rsa.pub"));
}

TEST_F(SecureBootCommand, RefusesOtherKeysAndImages) {
  const auto expect_refused = [&](const std::string& image,
                                  const std::string& key,
                                  int exit,
                                  const std::string& why,
                                  std::vector<std::string> more = {}) {
    const Outcome outcome = sign(image, key, "out", std::move(more));
    EXPECT_EQ(outcome.exit_code, exit) << outcome.error;
    EXPECT_THAT(outcome.error, HasSubstr(why));
    EXPECT_FALSE(folder_.has("out"));
  };
  expect_refused("esp32.bin", "private.key", 8, "signed with RSA-3072 or EC P-256");
  expect_refused("app.bin", "rsa.key", 7, "is for esp8266");
  expect_refused("esp32.bin", "rsa.key", 2, "only SHA-256", {"--hash", "sha384"});
  expect_refused("esp32.bin", "rsa.key", 2, "legacy form", {"--legacy", "old"});
  ASSERT_EQ(folder_.otatool({"sign", "esp32.bin", "-k", "ec.key", "-o", "arduino"}).exit_code, 0);
  expect_refused("arduino", "rsa.key", 8, "signed already");
}

TEST_F(SecureBootCommand, TakesASignatureOfAnExternalSigner) {
  const std::string pss =
      "openssl pkeyutl -sign -inkey rsa.key -pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:pss "
      "-pkeyopt rsa_pss_saltlen:";
  const auto sign_with = [&](const std::string& salt) {
    return folder_.otatool({"sign",
                            "esp32.bin",
                            "-o",
                            "out",
                            "--format",
                            "secure-boot-v2",
                            "--signer",
                            pss + salt + " -in /dev/stdin",
                            "--pubkey",
                            "rsa.pub"});
  };
  const Outcome wrong = sign_with("20");
  EXPECT_EQ(wrong.exit_code, 8);
  EXPECT_THAT(wrong.error, HasSubstr("does not have the 32 bytes"));
  EXPECT_EQ(sign_with("32").exit_code, 0);
  EXPECT_TRUE(is_right("out", "rsa.pub"));

  const Outcome digest = folder_.otatool(
      {"digest", "esp32.bin", "-o", "digest", "-p", "rsa.pub", "--format", "secure-boot-v2"});
  EXPECT_THAT(digest.error, HasSubstr("salt of 32 bytes"));
  ASSERT_TRUE(folder_.shell(pss + "32 -in digest -out sig"));
  EXPECT_EQ(folder_
                .otatool({"attach",
                          "esp32.bin",
                          "-s",
                          "sig",
                          "-p",
                          "rsa.pub",
                          "-o",
                          "attached",
                          "--format",
                          "secure-boot-v2"})
                .exit_code,
            0);
  EXPECT_TRUE(is_right("attached", "rsa.pub"));
}

}  // namespace
}  // namespace otatool::test
