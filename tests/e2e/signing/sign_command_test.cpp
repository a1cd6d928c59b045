// `otatool sign`: its output equals that of openssl, and unsuitable files are refused.
#include <filesystem>
#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/bytes.hpp"

#include "tests/e2e/signing/signing_commands.hpp"
#include "tests/golden/signing/test_keys.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class SignCommand : public ::testing::Test {
 protected:
  void expect_refused(std::vector<std::string> arguments, int exit, const std::string& why) {
    const Outcome outcome = folder_.otatool(std::move(arguments));
    EXPECT_EQ(outcome.exit_code, exit) << outcome.error;
    EXPECT_THAT(outcome.error, HasSubstr(why));
    EXPECT_THAT(outcome.output, IsEmpty());
    EXPECT_FALSE(folder_.has("out"));
  }
  const SigningFolder folder_;
};

TEST_F(SignCommand, WritesTheSameSignatureAsOpenssl) {
  const Outcome outcome = folder_.otatool({"sign", "app.bin", "--key", "private.key"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, IsEmpty());
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("accepted by: ESP8266 cores from 2.6.0 on"),
                    HasSubstr("key: RSA-2048, fingerprint ")));
  EXPECT_TRUE(
      folder_.shell("openssl dgst -sha256 -sign private.key -out sig app.bin && "
                    "(cat app.bin sig && printf '\\000\\001\\000\\000') >expected && "
                    "cmp expected app.bin.signed"));
}

TEST_F(SignCommand, StatesTheVersionOfAFilesystem) {
  folder_.write("fs.bin", support::littlefs_image(4096, 4));
  const Outcome outcome =
      folder_.otatool({"sign", "fs.bin", "--key", "private.key", "--fs-version", "258"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_TRUE(
      folder_.shell("(cat fs.bin && printf 'OTFV\\002\\001\\000\\000') >versioned && "
                    "openssl dgst -sha256 -sign private.key -out sig versioned && "
                    "(cat versioned sig && printf '\\000\\001\\000\\000') >expected && "
                    "cmp expected fs.bin.signed"));
  EXPECT_EQ(folder_.otatool({"verify", "fs.bin.signed", "--pubkey", "public.key"}).exit_code, 0);
  expect_refused({"sign", "app.bin", "-k", "private.key", "-o", "out", "--fs-version", "1"},
                 7,
                 "can state --fs-version");
  expect_refused(
      {"sign", "fs.bin", "-k", "private.key", "-o", "out", "--fs-version", "0"}, 2, "fs-version");
}

TEST_F(SignCommand, WritesTheLegacyFormToASecondFile) {
  ASSERT_EQ(
      folder_.otatool({"sign", "app.bin", "-k", "private.key", "-o", "new", "--legacy", "old"})
          .exit_code,
      0);
  ASSERT_EQ(
      folder_
          .otatool(
              {"sign", "app.bin", "-k", "private.key", "-o", "old2", "--format", "esp8266-legacy"})
          .exit_code,
      0);
  EXPECT_TRUE(
      folder_.shell("openssl dgst -sha256 -binary -out digest app.bin && "
                    "openssl pkeyutl -sign -inkey private.key -in digest -out sig && "
                    "(cat app.bin sig && printf '\\000\\001\\000\\000') >expected && "
                    "cmp expected old && cmp expected old2 && ! cmp -s old new"));
}

TEST_F(SignCommand, ChoosesTheFormOfAnEsp32Image) {
  const Outcome outcome =
      folder_.otatool({"sign", "esp32.bin", "--key", "ec.key", "--hash", "sha384", "-o", "out"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, HasSubstr("built with UPDATE_SIGN and SHA-384"));
  EXPECT_EQ(folder_.read("out").size(), folder_.read("esp32.bin").size() + 512);
  const Outcome verified = folder_.otatool({"verify", "out", "--pubkey", "ec.pub"});
  EXPECT_EQ(verified.exit_code, 0) << verified.error;
}

TEST_F(SignCommand, SignsManyFilesWithOneKey) {
  folder_.write("other.bin", sketch("other"));
  const Outcome outcome =
      folder_.otatool({"sign", "app.bin", "other.bin", "--key", "private.key", "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  const auto document = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(document["schema"], 1);
  ASSERT_EQ(document["files"].size(), 2U);
  EXPECT_EQ(document["files"][1]["output"], "other.bin.signed");
  EXPECT_EQ(folder_.otatool({"verify", "other.bin.signed", "--pubkey", "public.key"}).exit_code, 0);
}

TEST_F(SignCommand, ContinuesAfterAFailureAndReportsIt) {
  const Outcome outcome =
      folder_.otatool({"sign", "app.bin", "junk.bin", "none.bin", "--key", "private.key"});
  EXPECT_EQ(outcome.exit_code, 10);
  EXPECT_THAT(outcome.error, AllOf(HasSubstr("junk.bin: "), HasSubstr("'none.bin'")));
  EXPECT_TRUE(folder_.has("app.bin.signed"));
  EXPECT_FALSE(folder_.has("junk.bin.signed"));
}

TEST_F(SignCommand, RefusesFilesThatNoDeviceCanUse) {
  expect_refused({"sign", "junk.bin", "-k", "private.key", "-o", "out"}, 7, "junk.bin: ");
  expect_refused({"sign", "app.bin", "-k", "ec.key", "-o", "out"}, 8, "verifies RSA alone");
  expect_refused({"sign", "app.bin", "-k", "public.key", "-o", "out"}, 8, "a public key");
  expect_refused(
      {"sign", "app.bin", "-k", "app.bin", "-o", "out"}, 8, "neither a PEM, DER nor PKCS#12");
  expect_refused({"sign", "app.bin", "-k", "none", "-o", "out"}, 7, "cannot open 'none'");
  expect_refused({"sign", "app.bin", "-o", "out"}, 2, "no --key is given");
  expect_refused(
      {"sign", "app.bin", "-k", "ec.key", "-o", "out", "--format", "esp32"}, 7, "is for esp8266");
  expect_refused({"sign", "esp32.bin", "-k", "private.key", "-o", "out", "--format", "esp8266"},
                 7,
                 "is for esp32");
  expect_refused(
      {"sign", "app.bin", "-k", "private.key", "-o", "out", "--hash", "sha512"}, 2, "only SHA-256");
  expect_refused(
      {"sign", "app.bin", "app.bin", "-k", "private.key", "-o", "out"}, 2, "a single image");
}

TEST_F(SignCommand, AFailureLeavesAnExistingFileUnchanged) {
  folder_.write("keep", support::noise(10, 1));
  const std::string before = folder_.read("keep");
  EXPECT_EQ(folder_.otatool({"sign", "junk.bin", "-k", "private.key", "-o", "keep"}).exit_code, 7);
  EXPECT_EQ(
      folder_
          .otatool(
              {"sign", "app.bin", "-k", "private.key", "-o", "keep", "--legacy", "no/such/folder"})
          .exit_code,
      1);
  EXPECT_EQ(folder_.read("keep"), before);
}

TEST_F(SignCommand, ForceSignsAnUnknownImageWithAWarning) {
  const Outcome outcome = folder_.otatool({"sign", "junk.bin", "-k", "private.key", "--force"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.error, HasSubstr("warning: junk.bin: "));
  EXPECT_EQ(folder_.otatool({"verify", "junk.bin.signed", "--pubkey", "public.key"}).exit_code, 0);
}

TEST_F(SignCommand, ReplacesASignatureOnlyWithForce) {
  for (const std::string image : {"app.bin", "esp32.bin", "junk.bin"}) {
    ASSERT_EQ(folder_.otatool({"sign", image, "-k", "private.key", "-o", "once", "-f"}).exit_code,
              0);
    expect_refused({"sign", "once", "-k", "private.key", "-o", "out"}, 8, "signed already");
    ASSERT_EQ(folder_.otatool({"sign", "once", "-k", "private.key", "-o", "twice", "-f"}).exit_code,
              0);
    EXPECT_EQ(folder_.read("twice").size(), folder_.read("once").size());
    EXPECT_EQ(folder_.otatool({"verify", "twice", "--pubkey", "public.key"}).exit_code, 0);
    ASSERT_EQ(folder_.otatool({"strip", "twice", "-o", "bare"}).exit_code, 0);
    EXPECT_EQ(folder_.read("bare"), folder_.read(image));
  }
}

TEST_F(SignCommand, RepacksAPackageOfUnalignedLength) {
  // Each additional character of the name makes the package one byte longer.
  for (const std::string name : {"a", "ab", "abc", "abcd"}) {
    ASSERT_TRUE(folder_.shell("cp app.bin " + name + " && gzip -9 -f -k -N " + name));
    const std::size_t size = folder_.read(name + ".gz").size();
    const Outcome outcome =
        folder_.otatool({"sign", name + ".gz", "-k", "private.key", "-o", "out"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_EQ(outcome.error.find("repacked from") == std::string::npos, size % 4 == 0);
    EXPECT_THAT(outcome.output, HasSubstr("ESP8266 cores from 3.0.0 on"));
    ASSERT_EQ(folder_.otatool({"strip", "out", "-o", "bare"}).exit_code, 0);
    EXPECT_EQ(folder_.read("bare").size() % 4, 0U);
    EXPECT_TRUE(folder_.shell("gzip -dc <bare | cmp - app.bin"));
  }
}

TEST_F(SignCommand, NeverSignsABrokenPackage) {
  ASSERT_TRUE(
      folder_.shell("gzip -9kn app.bin && (cat app.bin.gz; printf x) >tail.gz && "
                    "cat app.bin.gz app.bin.gz >two.gz && gzip -9kn esp32.bin && "
                    "head -c 5000 app.bin.gz >cut.gz"));
  for (const std::string package : {"tail.gz", "two.gz", "cut.gz"}) {
    expect_refused({"sign", package, "-k", "private.key", "-o", "out", "--force"}, 7, package);
  }
  expect_refused({"sign", "esp32.bin.gz", "-k", "private.key", "-o", "out", "--force"},
                 7,
                 "does not unpack gzip packages");
  expect_refused({"sign", "app.bin.gz", "-k", "private.key", "-o", "out", "--legacy", "old"},
                 7,
                 "do not unpack gzip packages");
}

TEST_F(SignCommand, WarnsAboutAnotherKeyInTheImage) {
  const auto with_key = [&](const char* key) {
    folder_.write("keyed.bin", sketch(std::string(as_text(testing::key_file(key)))));
    return folder_.otatool({"sign", "keyed.bin", "-k", "private.key", "-o", "out"}).error;
  };
  EXPECT_THAT(with_key("stranger.pub.pem"), HasSubstr("carries another public key"));
  EXPECT_THAT(with_key("rsa-2048.pub.pem"), IsEmpty());
  EXPECT_THAT(with_key("stranger.pem"), HasSubstr("the image contains a private key"));
}

TEST_F(SignCommand, SetsTheFlashModeBeforeSigning) {
  ASSERT_EQ(
      folder_.otatool({"sign", "app.bin", "-k", "private.key", "-o", "out", "--flash-mode", "dout"})
          .exit_code,
      0);
  EXPECT_EQ(folder_.read("out")[2], 3);
  const auto again = folder_.otatool(
      {"sign", "app.bin", "-k", "private.key", "-o", "out", "--flash-mode", "dout"});
  EXPECT_THAT(again.output, HasSubstr("flash mode: dout"));
  EXPECT_EQ(folder_.otatool({"verify", "out", "--pubkey", "public.key"}).exit_code, 0);
}

TEST_F(SignCommand, WritesTheSignedImageToAPipe) {
  ProgramCall call = folder_.call({"sign", "-", "--key", "private.key"});
  call.input = folder_.read("app.bin");
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("key: RSA-2048"));
  ASSERT_EQ(folder_.otatool({"sign", "app.bin", "--key", "private.key"}).exit_code, 0);
  EXPECT_EQ(outcome.output, folder_.read("app.bin.signed"));
}

TEST_F(SignCommand, DecryptsAKeyWithAPassphraseFromEverySource) {
  ASSERT_EQ(folder_.otatool({"sign", "app.bin", "-k", "private.key", "-o", "plain"}).exit_code, 0);
  ProgramCall call = folder_.call({"sign", "app.bin", "-k", "locked.key", "-o", "out"});
  Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_THAT(outcome.error, HasSubstr("OTATOOL_KEY_PASSPHRASE"));

  call.environment["OTATOOL_KEY_PASSPHRASE"] = "wrong";
  outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 8);
  EXPECT_THAT(outcome.error, AllOf(HasSubstr("does not open"), Not(HasSubstr("wrong"))));
  EXPECT_FALSE(folder_.has("out"));

  call.environment["OTATOOL_KEY_PASSPHRASE"] = testing::kPassphrase;
  EXPECT_EQ(run(call).exit_code, 0);
  EXPECT_EQ(folder_.read("out"), folder_.read("plain"));

  call.environment.clear();
  call.arguments.insert(call.arguments.end(), {"--passphrase-file", "-"});
  call.input = std::string(testing::kPassphrase) + "\n";
  EXPECT_EQ(run(call).exit_code, 0);
}

}  // namespace
}  // namespace otatool::test
