// No output at any verbosity contains a password, a nonce or a response.
#include <regex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/stock_fixture.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StockSecrets : public StockUpload {
 protected:
  /// Nonces, cnonces and responses are hex texts of 32 or 64 digits. So is the MD5 of the image,
  /// which is not secret. Texts of decimal digits only are consecutive acks; the F of the device's
  /// error may follow them directly.
  void expect_no_secret(const Outcome& outcome) const {
    const std::string said =
        std::regex_replace(outcome.output + outcome.error, std::regex("Flash Write Failed"), "");
    EXPECT_THAT(said, Not(HasSubstr("s3cret")));
    static const std::regex kHex("[0-9A-Fa-f]{16,}");
    for (std::sregex_iterator found(said.begin(), said.end(), kHex), end; found != end; ++found) {
      if (found->str().find_first_not_of("0123456789") != std::string::npos) {
        EXPECT_EQ(found->str(), image_md5()) << said;
      }
    }
  }
};

class StockSecretsOf : public StockSecrets, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Profiles,
                         StockSecretsOf,
                         ::testing::Values("esp8266-3.x", "esp32-3.0", "esp32-3.3"));

TEST_P(StockSecretsOf, AreNotPrintedWithTheRightPassword) {
  for (const char* quirk : {"nonce-length=40", "error-at=20000:1:Flash Write Failed", "loses-ok"}) {
    StockProgram device({GetParam(), "password=s3cret-word", quirk});
    expect_no_secret(upload(device, {"-vv"}, "s3cret-word"));
  }
  StockProgram device({GetParam(), "password=s3cret-word"});
  expect_no_secret(upload(device, {"-vv", "--json"}, "s3cret-word"));
}

TEST_P(StockSecretsOf, AreNotPrintedWithAWrongOrMissingPassword) {
  StockProgram device({GetParam(), "password=s3cret-word"});
  expect_no_secret(upload(device, {"-vv"}, "s3cret-but-wrong"));
  expect_no_secret(upload(device, {"-vv", "--json"}, "s3cret-but-wrong"));
  expect_no_secret(upload(device, {"-vv"}));
}

TEST_F(StockSecrets, AreNotPrintedIfTheDeviceStopsAnswering) {
  StockProgram device({"esp8266-3.x", "password=s3cret-word", "never-handles"});
  expect_no_secret(upload(device, {"-vv", "--timeout", "1"}, "s3cret-word"));
}

TEST_F(StockSecrets, IncludeStoredFormsAndPasswordsOnTheCommandLine) {
  StockProgram device({"esp8266-3.x", "password=s3cret-word"});
  const std::string stored = testing::md5_text("s3cret-word");
  const Outcome wrong = upload(device, {"-vv", "--password-hash", std::string(32, 'b')});
  EXPECT_EQ(wrong.exit_code, 4);
  expect_no_secret(wrong);
  const Outcome broken = upload(device, {"-vv", "--password-hash", stored + "0"});
  EXPECT_EQ(broken.exit_code, 2);
  expect_no_secret(broken);
  const Outcome warned = upload(device, {"-vv", "--password", "s3cret-but-wrong"});
  EXPECT_EQ(warned.exit_code, 4);
  EXPECT_THAT(warned.error, HasSubstr("otatool: warning: a password on the command line"));
  expect_no_secret(warned);
  const Outcome right = upload(device, {"-vv", "--password-hash", stored});
  EXPECT_EQ(right.exit_code, 0) << right.error;
  expect_no_secret(right);
}

}  // namespace
}  // namespace otatool::test
