// Keys in PKCS#11 tokens of SoftHSM: sign, digest, attach, pubkey, verify, info, upload and
// publish.
#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/base64.hpp"
#include "otatool/bytes.hpp"

#include "tests/e2e/signing/signing_commands.hpp"
#include "tests/support/json_events.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kPin = "471142";

/// A token 'fw' with the keys of SigningFolder: `release` (private.key) and `ec` (ec.key).
class TokenKey : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(
        folder_.shell("mkdir tokens && echo \"directories.tokendir = $PWD/tokens\" "
                      ">softhsm2.conf && echo 'log.level = ERROR' >>softhsm2.conf"));
    make_token("fw");
    import("fw", "private.key", "release", "01");
    import("fw", "ec.key", "ec", "02");
  }

  [[nodiscard]] bool shell(const std::string& command) const {
    return folder_.shell("export SOFTHSM2_CONF=softhsm2.conf; " + command);
  }
  void make_token(const std::string& label) const {
    ASSERT_TRUE(shell("softhsm2-util --init-token --free --label " + label +
                      " --so-pin 12345678 --pin " + kPin));
  }
  void import(const std::string& token,
              const std::string& key,
              const std::string& label,
              const std::string& id) const {
    ASSERT_TRUE(shell("openssl pkcs8 -topk8 -nocrypt -in " + key +
                      " -out key.p8 && softhsm2-util --import key.p8 --token " + token +
                      " --label " + label + " --id " + id + " --pin " + kPin));
  }
  /// A call of otatool that knows the tokens and the PIN.
  [[nodiscard]] ProgramCall call(std::vector<std::string> arguments) const {
    ProgramCall call = folder_.call(std::move(arguments));
    call.environment["SOFTHSM2_CONF"] = folder_.path("softhsm2.conf");
    call.environment["OTATOOL_KEY_PASSPHRASE"] = kPin;
    return call;
  }
  [[nodiscard]] Outcome otatool(std::vector<std::string> arguments) const {
    return run(call(std::move(arguments)));
  }
  [[nodiscard]] Outcome sign(const std::string& image,
                             const std::string& uri,
                             std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"sign", image, "-o", "out", "--key", uri});
    return otatool(std::move(more));
  }
  void expect_refused(const std::string& uri, int exit, const std::string& why) const {
    const Outcome outcome = sign("app.bin", uri);
    EXPECT_EQ(outcome.exit_code, exit) << outcome.error;
    EXPECT_THAT(outcome.error, AllOf(HasSubstr(why), HasSubstr("hint: ")));
    EXPECT_FALSE(folder_.has("out"));
  }
  const SigningFolder folder_;
};

TEST_F(TokenKey, SignsAsTheSameKeyInAFile) {
  const Outcome outcome = sign("app.bin", "pkcs11:token=fw;object=release", {"--legacy", "old"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, IsEmpty());
  ASSERT_EQ(
      folder_.otatool({"sign", "app.bin", "-k", "private.key", "-o", "new2", "--legacy", "old2"})
          .exit_code,
      0);
  EXPECT_EQ(folder_.read("out"), folder_.read("new2"));
  EXPECT_EQ(folder_.read("old"), folder_.read("old2"));
}

TEST_F(TokenKey, SignsForAnEsp32) {
  for (const std::string hash : {"sha256", "sha384", "sha512"}) {
    Outcome outcome = sign("esp32.bin", "pkcs11:id=%01", {"--hash", hash});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_EQ(folder_.otatool({"verify", "out", "-p", "public.key"}).exit_code, 0);
    outcome = sign("esp32.bin", "pkcs11:object=ec;type=private", {"--hash", hash});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_EQ(folder_.otatool({"verify", "out", "-p", "ec.pub"}).exit_code, 0);
  }
}

TEST_F(TokenKey, UsesAKeyThatWasMadeInTheToken) {
  ASSERT_TRUE(
      shell("pkcs11-tool --module /usr/lib/softhsm/libsofthsm2.so --token-label fw --login --pin "
            "471142 --keypairgen --key-type rsa:2048 --id 03 --label born"));
  const std::string uri = "pkcs11:token=fw;object=born";
  ASSERT_EQ(sign("app.bin", uri).exit_code, 0);
  ASSERT_EQ(otatool({"pubkey", uri, "-o", "born.pub"}).exit_code, 0);
  EXPECT_TRUE(
      folder_.shell("size=$(wc -c <app.bin) && tail -c +$((size + 1)) out | head -c 256 >sig && "
                    "openssl dgst -sha256 -verify born.pub -signature sig app.bin"));
  EXPECT_EQ(otatool({"verify", "out", "--pubkey", uri}).exit_code, 0);
  EXPECT_THAT(otatool({"info", "out", "--pubkey", uri}).output, HasSubstr("Verified     yes"));
  EXPECT_EQ(otatool({"digest", "app.bin", "--pubkey", uri}).exit_code, 0);
  EXPECT_EQ(otatool({"attach", "app.bin", "-s", "sig", "-p", uri, "-o", "again"}).exit_code, 0);
  EXPECT_EQ(folder_.read("again"), folder_.read("out"));
}

TEST_F(TokenKey, TheFingerprintIsThatOfTheFile) {
  for (const auto& [uri, file] : {std::pair("pkcs11:object=release", "public.key"),
                                  std::pair("pkcs11:object=ec", "ec.pub")}) {
    // The public key needs no PIN.
    ProgramCall in_token = call({"pubkey", uri, "--format", "fingerprint"});
    in_token.environment.erase("OTATOOL_KEY_PASSPHRASE");
    const Outcome outcome = run(in_token);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_EQ(outcome.output, folder_.otatool({"pubkey", file, "--format", "fingerprint"}).output);
  }
}

TEST_F(TokenKey, UploadSignsWithIt) {
  const Outcome outcome = otatool(
      {"upload", "app.bin", "127.0.0.1", "--dry-run", "--sign", "pkcs11:token=fw;object=release"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("signed with key"));
}

TEST_F(TokenKey, ADeviceThatTrustsItTakesWhatUploadSignedWithIt) {
  const std::string uri = "pkcs11:token=fw;object=release";
  ProgramCall device_call =
      call({"device", "--port", "0", "--no-announce", "--json", "--pubkey", uri});
  device_call.environment.erase("OTATOOL_KEY_PASSPHRASE");  // the public key needs no PIN
  Process device(device_call);
  const auto listening = next_event(device, "listening");
  const std::string target = "127.0.0.1:" + std::to_string(listening.at("udp").get<int>());
  std::string fingerprint =
      folder_.otatool({"pubkey", "public.key", "--format", "fingerprint"}).output;
  fingerprint.pop_back();
  EXPECT_EQ(listening.at("key_fingerprint"), fingerprint);

  const Outcome unsigned_image = otatool({"upload", "app.bin", target, "--no-confirm"});
  EXPECT_EQ(unsigned_image.exit_code, 6);
  EXPECT_THAT(unsigned_image.error, HasSubstr("ERROR[12]: Signature verification failed"));

  const Outcome outcome = otatool({"upload", "app.bin", target, "--sign", uri, "--no-confirm"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_NO_THROW((void)next_event(device, "end"));
}

TEST_F(TokenKey, SignsAnAttestationWithIt) {
  ASSERT_EQ(sign("app.bin", "pkcs11:object=release", {"--attest", "proof"}).exit_code, 0);
  const auto envelope = nlohmann::json::parse(folder_.read("proof"));
  const auto payload = from_base64(envelope["payload"].get<std::string>()).value();
  const std::string encoded = "DSSEv1 28 application/vnd.in-toto+json " +
                              std::to_string(payload.size()) + " " + std::string(as_text(payload));
  folder_.write("encoded", {encoded.begin(), encoded.end()});
  folder_.write("sig", from_base64(envelope["signatures"][0]["sig"].get<std::string>()).value());
  EXPECT_TRUE(folder_.shell("openssl dgst -sha256 -verify public.key -signature sig encoded"));
}

TEST_F(TokenKey, PublishSignsWithIt) {
  const Outcome outcome =
      otatool({"publish", "app.bin", "site", "--key", "pkcs11:token=fw;object=release"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  ASSERT_EQ(folder_.otatool({"publish", "app.bin", "other", "-k", "private.key"}).exit_code, 0);
  EXPECT_EQ(folder_.read("site/app.bin.signed"), folder_.read("other/app.bin.signed"));
  EXPECT_EQ(folder_.read("site/app.bin.sig"), folder_.read("other/app.bin.sig"));
  EXPECT_THAT(folder_.read("site/app.bin.sig"), Not(IsEmpty()));
}

TEST_F(TokenKey, SignsWithAKeyThatWantsThePinEachTime) {
  ASSERT_TRUE(
      shell("pkcs11-tool --module /usr/lib/softhsm/libsofthsm2.so --token-label fw --login --pin "
            "471142 --keypairgen --key-type EC:prime256v1 --id 04 --label each --always-auth"));
  EXPECT_EQ(sign("esp32.bin", "pkcs11:object=each").exit_code, 0);
}

TEST_F(TokenKey, AWrongPinIsOneAttempt) {
  ProgramCall wrong =
      call({"sign",
            "app.bin",
            "-o",
            "out",
            "--key",
            "pkcs11:token=fw;object=release?module-path=" + std::string(TOKEN_MODULE)});
  wrong.environment["LOGIN_LOG"] = folder_.path("log");
  wrong.environment["OTATOOL_KEY_PASSPHRASE"] = "998877";
  const Outcome outcome = run(wrong);
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_THAT(outcome.error,
              AllOf(HasSubstr("the token 'fw' refuses the PIN"),
                    HasSubstr("a token locks after a few wrong PINs"),
                    Not(HasSubstr("998877"))));
  EXPECT_EQ(folder_.read("log"), "attempt\n");
  EXPECT_FALSE(folder_.has("out"));
}

TEST_F(TokenKey, ALockedTokenGetsNoPin) {
  ProgramCall locked =
      call({"sign",
            "app.bin",
            "--key",
            "pkcs11:token=fw;object=release?module-path=" + std::string(TOKEN_MODULE)});
  locked.environment["LOGIN_LOG"] = folder_.path("log");
  for (const std::string state : {"flag", "refuses"}) {
    locked.environment["LOGIN_STATE"] = state;
    const Outcome outcome = run(locked);
    EXPECT_EQ(outcome.exit_code, 4);
    EXPECT_THAT(outcome.error,
                AllOf(HasSubstr("the token 'fw' is locked"), HasSubstr("--init-pin")));
    EXPECT_EQ(folder_.has("log"), state == "refuses");
  }
  EXPECT_FALSE(folder_.has("app.bin.signed"));
}

TEST_F(TokenKey, WithoutAPinNamesTheSources) {
  ProgramCall without = call({"sign", "app.bin", "--key", "pkcs11:token=fw;object=release"});
  without.environment.erase("OTATOOL_KEY_PASSPHRASE");
  Outcome outcome = run(without);
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_THAT(outcome.error,
              AllOf(HasSubstr("the token 'fw'"), HasSubstr("OTATOOL_KEY_PASSPHRASE")));
  without.arguments.insert(without.arguments.end(), {"--passphrase-file", "-"});
  without.input = std::string(kPin) + "\n";
  EXPECT_EQ(run(without).exit_code, 0);
}

TEST_F(TokenKey, TheUriChoosesBetweenTwoTokens) {
  make_token("other");
  import("other", "private.key", "release", "01");
  expect_refused("pkcs11:object=release", 8, "matches 2 tokens: pkcs11:token=");
  EXPECT_THAT(sign("app.bin", "pkcs11:object=release").error,
              AllOf(HasSubstr("token=fw;serial="), HasSubstr("token=other;serial=")));
  EXPECT_EQ(sign("app.bin", "pkcs11:object=release;token=other").exit_code, 0);
  // Only one token shows this key.
  EXPECT_EQ(sign("esp32.bin", "pkcs11:object=ec").exit_code, 0);
}

TEST_F(TokenKey, AnUnknownOrUnclearKeyIsRefusedWithAList) {
  expect_refused("pkcs11:token=fw", 8, "has 2 private keys that match");
  EXPECT_THAT(sign("app.bin", "pkcs11:token=fw").error,
              AllOf(HasSubstr("object=release;id=%01"), HasSubstr("object=ec;id=%02")));
  expect_refused("pkcs11:token=fw;object=none", 8, "has no private key that matches");
  expect_refused("pkcs11:token=none", 8, "no token matches");
}

TEST_F(TokenKey, AMissingModuleNamesThePackages) {
  expect_refused("pkcs11:object=release?module-path=/none.so", 8, "cannot load the PKCS#11 module");
  EXPECT_THAT(sign("app.bin", "pkcs11:object=release?module-path=/none.so").error,
              HasSubstr("Debian packages p11-kit-modules and opensc-pkcs11"));
  folder_.write("text.so", support::noise(100, 3));
  expect_refused("pkcs11:?module-path=" + folder_.path("text.so"), 8, "cannot load");
}

TEST_F(TokenKey, AProjectChoosesAKeyButNoCode) {
  ASSERT_TRUE(shell("echo '[defaults]\nkey = \"pkcs11:object=release\"' >otatool.toml"));
  const Outcome outcome = otatool({"sign", "app.bin", "-o", "out"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  ASSERT_TRUE(
      shell("rm out && echo '[defaults]\nkey = \"pkcs11:object=release?module-path=m.so\"' "
            ">otatool.toml"));
  EXPECT_EQ(otatool({"sign", "app.bin", "-o", "out"}).exit_code, 2);
  ASSERT_TRUE(
      shell("echo '[defaults]\nsigner = \"touch ran\"\npubkey = \"public.key\"' >otatool.toml"));
  EXPECT_EQ(otatool({"sign", "app.bin", "-o", "out"}).exit_code, 2);
  EXPECT_FALSE(folder_.has("ran"));
}

}  // namespace
}  // namespace otatool::test
