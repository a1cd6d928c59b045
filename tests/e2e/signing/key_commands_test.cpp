// `otatool keygen` and `otatool pubkey`.
#include <filesystem>
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
using ::testing::Not;
using ::testing::StartsWith;

class KeyCommands : public ::testing::Test {
 protected:
  const SigningFolder folder_;
};

TEST_F(KeyCommands, MakesAKeyPairThatOpensslReads) {
  ASSERT_EQ(folder_.otatool({"keygen", "-o", "k", "--pubkey", "p"}).exit_code, 0);
  EXPECT_TRUE(
      folder_.shell("openssl rsa -check -noout -in k && openssl pkey -in k -pubout | cmp - p"));
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(folder_.path("k")).permissions(),
            perms::owner_read | perms::owner_write);
}

TEST_F(KeyCommands, NeverOverwritesAKeyWithoutForce) {
  const std::string before = folder_.read("private.key");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"keygen"},
        std::vector<std::string>{"keygen", "-o", "new", "--pubkey", "public.key"}}) {
    const Outcome outcome = folder_.otatool(words);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.error, HasSubstr("exists already"));
    EXPECT_FALSE(folder_.has("new"));
  }
  EXPECT_EQ(folder_.read("private.key"), before);
  EXPECT_EQ(folder_.otatool({"keygen", "--force"}).exit_code, 0);
  EXPECT_NE(folder_.read("private.key"), before);
  EXPECT_TRUE(folder_.shell("openssl pkey -in private.key -pubout | cmp - public.key"));
}

TEST_F(KeyCommands, EncryptsWithAPassphraseFromEverySource) {
  ProgramCall call = folder_.call({"keygen", "-o", "k", "--encrypt"});
  const Outcome without = run(call);
  EXPECT_EQ(without.exit_code, 4);
  EXPECT_THAT(without.error, HasSubstr("error: the new private key needs a passphrase"));
  EXPECT_FALSE(folder_.has("k"));
  call.environment["OTATOOL_KEY_PASSPHRASE"] = "s3cret words";
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output + outcome.error, Not(HasSubstr("s3cret")));
  EXPECT_THAT(folder_.read("k"), StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
  EXPECT_TRUE(folder_.shell("openssl pkey -in k -passin 'pass:s3cret words' -noout"));
}

TEST_F(KeyCommands, AcceptsOnlyTheKeySizesOfDevices) {
  for (const char* bits : {"512", "8192", "2049", "many"}) {
    EXPECT_EQ(folder_.otatool({"keygen", "-o", "k", "--bits", bits}).exit_code, 2) << bits;
    EXPECT_FALSE(folder_.has("k"));
  }
  const Outcome weak = folder_.otatool({"keygen", "-o", "k", "--bits", "1024"});
  EXPECT_EQ(weak.exit_code, 0);
  EXPECT_THAT(weak.error, HasSubstr("warning: RSA-1024 is a weak key"));
}

TEST_F(KeyCommands, WritesThePublicKeyInEveryForm) {
  EXPECT_EQ(folder_.otatool({"pubkey", "private.key"}).output, folder_.read("public.key"));
  ASSERT_EQ(folder_.otatool({"pubkey", "private.key", "--format", "der", "-o", "der"}).exit_code,
            0);
  EXPECT_TRUE(folder_.shell("openssl pkey -pubin -in public.key -outform DER | cmp - der"));
  const std::string fingerprint =
      folder_.otatool({"pubkey", "der", "--format", "fingerprint"}).output;
  ASSERT_TRUE(folder_.shell("openssl dgst -sha256 -r der | cut -c1-64 >fp"));
  EXPECT_EQ(fingerprint, folder_.read("fp"));
  const auto document =
      nlohmann::json::parse(folder_.otatool({"pubkey", "public.key", "--json"}).output);
  EXPECT_EQ(document["fingerprint"].get<std::string>() + "\n", fingerprint);
}

/// The Arduino core reads the key with strlen: in the compiled header a NUL must follow the PEM.
TEST_F(KeyCommands, TheHeaderCompilesToThePemAndItsTerminator) {
  ASSERT_EQ(
      folder_.otatool({"pubkey", "private.key", "--format", "header", "-o", "key.h"}).exit_code, 0);
  EXPECT_TRUE(folder_.shell(R"(cat >main.c <<'END'
#include <stdio.h>
#define PROGMEM
#include "key.h"
#if ARDUINO_SIGNING != 1
#error "signing is off"
#endif
int main(void) { return fputs(signing_pubkey, stdout) < 0 || signing_pubkey[sizeof signing_pubkey - 1] != 0; }
END
: >pgmspace.h && cc -I. -o main main.c && ./main >text && cmp text public.key)"));
}

TEST_F(KeyCommands, DoesNotRewriteAnUnchangedHeader) {
  const std::vector<std::string> words = {
      "pubkey", "public.key", "--format", "header", "-o", "key.h"};
  ASSERT_EQ(folder_.otatool(words).exit_code, 0);
  const std::filesystem::path header = folder_.path("key.h");
  const auto long_ago = std::filesystem::last_write_time(header) - std::chrono::hours(1);
  std::filesystem::last_write_time(header, long_ago);
  ASSERT_EQ(folder_.otatool(words).exit_code, 0);
  EXPECT_EQ(std::filesystem::last_write_time(header), long_ago);
}

TEST_F(KeyCommands, RefusesHeadersThatWouldLockDevicesOut) {
  folder_.write("cert", testing::key_file("certificate.pem"));
  for (const std::string key : {"ec.pub", "cert", "junk.bin"}) {
    EXPECT_EQ(folder_.otatool({"pubkey", key, "--format", "header", "-o", "key.h"}).exit_code, 8);
    EXPECT_FALSE(folder_.has("key.h"));
  }
}

}  // namespace
}  // namespace otatool::test
