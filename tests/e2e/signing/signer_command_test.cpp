// `otatool sign --signer`: openssl as the program that has the key.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/signing/signing_commands.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kOpenssl =
    "openssl pkeyutl -sign -inkey private.key -pkeyopt digest:sha256 -in /dev/stdin";

class SignerCommand : public ::testing::Test {
 protected:
  [[nodiscard]] Outcome sign(const std::string& signer, std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {
        "sign", "app.bin", "-o", "out", "--signer", signer, "--pubkey", "public.key"};
    words.insert(words.end(), more.begin(), more.end());
    return folder_.otatool(std::move(words));
  }
  void expect_failure(const std::string& signer, const std::string& why) const {
    folder_.write("out", support::noise(10, 1));
    const std::string before = folder_.read("out");
    const Outcome outcome = sign(signer);
    EXPECT_EQ(outcome.exit_code, 8) << outcome.error;
    EXPECT_THAT(outcome.error, AllOf(HasSubstr(why), HasSubstr("hint: ")));
    EXPECT_THAT(outcome.output, IsEmpty());
    EXPECT_EQ(folder_.read("out"), before);
  }
  const SigningFolder folder_;
};

TEST_F(SignerCommand, WritesTheSameFileAsTheKey) {
  ASSERT_EQ(folder_.otatool({"sign", "app.bin", "-k", "private.key"}).exit_code, 0);
  for (const std::string_view encoding : {"", " | openssl base64", " | od -An -v -tx1"}) {
    const Outcome outcome = sign(std::string(kOpenssl) + std::string(encoding));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(outcome.output, HasSubstr("key: RSA-2048, fingerprint "));
    EXPECT_EQ(folder_.read("out"), folder_.read("app.bin.signed"));
  }
  // As services with JSON Web Keys deliver it: other letters, no padding, no line ends.
  EXPECT_EQ(
      sign(std::string(kOpenssl) + " | openssl base64 -A | tr '+/' '-_' | tr -d '='").exit_code, 0);
  EXPECT_EQ(folder_.read("out"), folder_.read("app.bin.signed"));
}

TEST_F(SignerCommand, SignsForAnEsp32WithAnEcKey) {
  const Outcome outcome = folder_.otatool({"sign",
                                           "esp32.bin",
                                           "-o",
                                           "out",
                                           "--signer",
                                           "openssl pkeyutl -sign -inkey ec.key -in /dev/stdin",
                                           "--pubkey",
                                           "ec.pub"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(folder_.otatool({"verify", "out", "--pubkey", "ec.pub"}).exit_code, 0);
}

TEST_F(SignerCommand, ReadsTheBytesOfDigest) {
  ASSERT_EQ(folder_.otatool({"digest", "app.bin", "-o", "digest"}).exit_code, 0);
  EXPECT_EQ(sign("tee input | " + std::string(kOpenssl)).exit_code, 0);
  EXPECT_EQ(folder_.read("input"), folder_.read("digest"));
}

TEST_F(SignerCommand, AProgramThatFailsLeavesNoOutput) {
  expect_failure("echo no such key >&2; exit 3", "the signer failed with exit code 3");
  EXPECT_THAT(sign("echo no such key >&2; exit 3").error, HasSubstr("no such key\n"));
  expect_failure("./none", "exit code 127");
  expect_failure("kill -9 $$", "ended by signal 9");
  expect_failure(std::string(kOpenssl) + "; exit 1", "exit code 1");
  expect_failure("true", "wrote no signature");
  expect_failure("cat /dev/zero", "more than 8192 bytes");
  expect_failure("echo hello", "6 bytes are not a signature of an RSA-2048 key");
}

TEST_F(SignerCommand, EndsAlsoIfItsCallerIgnoresTheEndOfChildren) {
  ProgramCall call = folder_.call(
      {"sign", "app.bin", "-o", "out", "--signer", kOpenssl, "--pubkey", "public.key"});
  call.arguments.insert(call.arguments.begin(), {"--ignore-signal=CHLD", call.program});
  call.program = "/usr/bin/env";
  call.timeout = std::chrono::seconds(30);
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_TRUE(folder_.has("out"));
}

TEST_F(SignerCommand, RefusesASignatureThatDoesNotVerify) {
  expect_failure("openssl dgst -sha256 -sign private.key", "the digest was hashed again");
  expect_failure(
      "openssl genrsa -out other 2048 && openssl pkeyutl -sign -inkey other -pkeyopt "
      "digest:sha256 -in /dev/stdin",
      "another key");
  expect_failure("openssl pkeyutl -sign -inkey private.key -in /dev/stdin",
                 "the padding is PKCS#1 v1.5 without DigestInfo");
}

TEST_F(SignerCommand, RunsOnceForEachImage) {
  folder_.write("other.bin", sketch("other"));
  const Outcome outcome =
      folder_.otatool({"sign",
                       "app.bin",
                       "junk.bin",
                       "other.bin",
                       "--json",
                       "--signer",
                       "echo run >>runs; test $(wc -l <runs) = 1 && " + std::string(kOpenssl),
                       "--pubkey",
                       "public.key"});
  EXPECT_EQ(outcome.exit_code, 10) << outcome.error;
  EXPECT_EQ(folder_.read("runs"), "run\nrun\n");
  const auto files = nlohmann::json::parse(outcome.output)["files"];
  EXPECT_TRUE(files[0]["error"].is_null());
  EXPECT_EQ(files[2]["error"]["code"], "signer-failed");
  EXPECT_TRUE(folder_.has("app.bin.signed"));
  EXPECT_FALSE(folder_.has("other.bin.signed"));
}

TEST_F(SignerCommand, TheProgramGetsNoOtherArgument) {
  ProgramCall call = folder_.call({"sign",
                                   "app.bin",
                                   "--signer",
                                   "tr '\\0' '\\n' </proc/$$/cmdline >arguments",
                                   "--pubkey",
                                   "public.key"});
  call.environment["OTATOOL_KEY_PASSPHRASE"] = "open sesame";
  EXPECT_EQ(run(call).exit_code, 8);
  EXPECT_EQ(folder_.read("arguments"), "sh\n-c\n" + call.arguments[3] + "\n");
}

TEST_F(SignerCommand, ASignalEndsTheProgram) {
  for (const std::string_view closes : {"", "exec >&-; "}) {
    for (const int signal : {SIGINT, SIGTERM}) {
      ProgramCall call =
          folder_.call({"sign",
                        "app.bin",
                        "-o",
                        "out",
                        "--signer",
                        std::string(closes) + "echo $$ >id; echo started >&2; exec sleep 1000",
                        "--pubkey",
                        "public.key"});
      Process process(call);
      ASSERT_TRUE(process.wait_for_error("started"));
      process.send_signal(signal);
      const Outcome outcome = process.wait();
      EXPECT_EQ(outcome.exit_code, 130);
      EXPECT_THAT(outcome.error, HasSubstr("interrupted while the signer ran"));
      const std::string id = folder_.read("id");
      EXPECT_FALSE(std::filesystem::exists("/proc/" + id.substr(0, id.find('\n'))));
      EXPECT_FALSE(folder_.has("out"));
    }
  }
}

TEST_F(SignerCommand, ASignalEndsTheWholeRun) {
  ProgramCall call = folder_.call({"sign",
                                   "app.bin",
                                   "esp32.bin",
                                   "--signer",
                                   "echo run >>runs; echo started >&2; exec sleep 1000",
                                   "--pubkey",
                                   "public.key"});
  Process process(call);
  ASSERT_TRUE(process.wait_for_error("started"));
  process.send_signal(SIGINT);
  EXPECT_EQ(process.wait().exit_code, 130);
  EXPECT_EQ(folder_.read("runs"), "run\n");
}

TEST_F(SignerCommand, AProgramThatIgnoresSigtermIsKilled) {
  ProgramCall call = folder_.call({"sign",
                                   "app.bin",
                                   "--signer",
                                   "trap '' TERM; echo started >&2; while :; do sleep 0.1; done",
                                   "--pubkey",
                                   "public.key"});
  Process process(call);
  ASSERT_TRUE(process.wait_for_error("started"));
  process.send_signal(SIGINT);
  EXPECT_EQ(process.wait().exit_code, 130);
}

TEST_F(SignerCommand, NamesOptionsThatContradictEachOther) {
  const auto expect_usage = [&](std::vector<std::string> words, const std::string& why) {
    words.insert(words.begin(), {"sign", "app.bin", "-o", "out"});
    const Outcome outcome = folder_.otatool(std::move(words));
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.error, HasSubstr(why));
    EXPECT_FALSE(folder_.has("out"));
  };
  expect_usage({"--signer", kOpenssl}, "--signer needs --pubkey");
  expect_usage({"--signer", kOpenssl, "-p", "public.key", "-k", "private.key"},
               "--key and --signer cannot be used together");
  expect_usage({"--signer", kOpenssl, "-p", "public.key", "--legacy", "old"},
               "--signer and --legacy cannot be used together");
  expect_usage({"-k", "private.key", "-p", "public.key"}, "--pubkey belongs to --signer");
}

}  // namespace
}  // namespace otatool::test
