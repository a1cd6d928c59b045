// `otatool verify` and `otatool strip`.
#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/bytes.hpp"

#include "tests/e2e/signing/signing_commands.hpp"
#include "tests/golden/signing/test_keys.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class VerifyCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(folder_.otatool({"sign", "app.bin", "-k", "private.key", "-o", "signed"}).exit_code,
              0);
  }
  nlohmann::json verdict(const std::string& file, int exit) {
    const Outcome outcome = folder_.otatool({"verify", file, "--pubkey", "public.key", "--json"});
    EXPECT_EQ(outcome.exit_code, exit);
    EXPECT_THAT(outcome.error, IsEmpty());
    return nlohmann::json::parse(outcome.output);
  }
  const SigningFolder folder_;
};

TEST_F(VerifyCommand, ReportsAValidSignatureInJson) {
  const auto document = verdict("signed", 0);
  EXPECT_EQ(document["schema"], 1);
  EXPECT_EQ(document["file"], "signed");
  EXPECT_EQ(document["valid"], true);
  EXPECT_EQ(document["form"], "esp8266");
  EXPECT_EQ(document["key_bits"], 2048);
  EXPECT_EQ(document["key_fingerprint"].get<std::string>().size(), 64U);
  EXPECT_EQ(document["reason"], nullptr);
}

TEST_F(VerifyCommand, ReportsTheProblemInJson) {
  std::string bytes = folder_.read("signed");
  bytes[100] = static_cast<char>(bytes[100] ^ 1);
  const Bytes changed = as_bytes(bytes);
  folder_.write("changed", {changed.begin(), changed.end()});
  auto document = verdict("changed", 8);
  EXPECT_EQ(document["valid"], false);
  EXPECT_EQ(document["form"], "esp8266");
  EXPECT_THAT(document["reason"].get<std::string>(), HasSubstr("is for other content"));

  document = verdict("app.bin", 8);
  EXPECT_EQ(document["form"], nullptr);
  EXPECT_THAT(document["reason"].get<std::string>(), HasSubstr("no signature"));
}

TEST_F(VerifyCommand, AcceptsOnlyTheRequiredForm) {
  const auto with_form = [&](const char* file, const char* form) {
    return folder_.otatool({"verify", file, "--pubkey", "public.key", "--form", form});
  };
  EXPECT_EQ(with_form("signed", "esp8266").exit_code, 0);
  EXPECT_EQ(with_form("signed", "esp8266-legacy").exit_code, 8);
  ASSERT_EQ(
      folder_
          .otatool(
              {"sign", "app.bin", "-k", "private.key", "-o", "old", "--format", "esp8266-legacy"})
          .exit_code,
      0);
  const Outcome legacy = with_form("old", "esp8266");
  EXPECT_EQ(legacy.exit_code, 8);
  EXPECT_THAT(legacy.error, HasSubstr("has the form esp8266-legacy, but esp8266 is required"));
  EXPECT_THAT(legacy.error, HasSubstr("hint: 'otatool sign --format FORM'"));
  EXPECT_EQ(with_form("signed", "pss").exit_code, 2);
}

TEST_F(VerifyCommand, FindsASignatureAfterTrailingBytes) {
  const std::string image = folder_.read("app.bin") + std::string(16, '\xFF');
  const Bytes bytes = as_bytes(image);
  folder_.write("long.bin", {bytes.begin(), bytes.end()});
  ASSERT_EQ(folder_.otatool({"sign", "long.bin", "-k", "private.key", "-o", "long"}).exit_code, 0);
  EXPECT_EQ(folder_.otatool({"verify", "long", "--pubkey", "public.key"}).exit_code, 0);
  EXPECT_THAT(folder_.otatool({"info", "long"}).output, HasSubstr("260 bytes after"));
  EXPECT_EQ(folder_.otatool({"gzip", "long"}).exit_code, 8);
  ASSERT_EQ(folder_.otatool({"strip", "long", "-o", "bare"}).exit_code, 0);
  EXPECT_EQ(folder_.read("bare"), image);
}

TEST_F(VerifyCommand, AcceptsAPrivateKeyAsItsPublicKey) {
  EXPECT_EQ(folder_.otatool({"verify", "signed", "--pubkey", "private.key"}).exit_code, 0);
  EXPECT_EQ(folder_.otatool({"verify", "signed", "--pubkey", "ec.pub"}).exit_code, 8);
  EXPECT_EQ(folder_.otatool({"verify", "signed", "--pubkey", "app.bin"}).exit_code, 8);
  EXPECT_EQ(folder_.otatool({"verify", "signed"}).exit_code, 2);
  EXPECT_EQ(folder_.otatool({"verify", "none", "--pubkey", "public.key"}).exit_code, 7);
}

TEST_F(VerifyCommand, StripRestoresTheImage) {
  ASSERT_EQ(folder_.otatool({"strip", "signed", "-o", "bare"}).exit_code, 0);
  EXPECT_EQ(folder_.read("bare"), folder_.read("app.bin"));
  for (const std::string unsigned_image : {"app.bin", "esp32.bin", "junk.bin"}) {
    const Outcome outcome = folder_.otatool({"strip", unsigned_image, "-o", "none"});
    EXPECT_EQ(outcome.exit_code, 8);
    EXPECT_FALSE(folder_.has("none"));
  }
  EXPECT_EQ(folder_.otatool({"strip", "signed"}).exit_code, 2);
}

/// An RSA-4096 signature cannot be told from code by its form, but the image header says where the
/// image ends.
TEST_F(VerifyCommand, StripFindsTheEndOfAnEsp32Image) {
  folder_.write("big.key", testing::key_file("rsa-4096.pem"));
  ASSERT_EQ(folder_.otatool({"sign", "esp32.bin", "-k", "big.key", "-o", "signed"}).exit_code, 0);
  ASSERT_EQ(folder_.otatool({"strip", "signed", "-o", "bare"}).exit_code, 0);
  EXPECT_EQ(folder_.read("bare"), folder_.read("esp32.bin"));
}

}  // namespace
}  // namespace otatool::test
