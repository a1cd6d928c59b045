#include "app/library/secret_content.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::app {
namespace {

std::string_view secret_in_text(std::string_view text) {
  return secret_in(as_bytes(text));
}

class SecretContent : public ::testing::Test {
 protected:
  /// The file that `openssl ARGUMENTS -out FILE` writes.
  std::string made(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"-out", folder_ / "out"});
    const test::Outcome outcome = test::run(
        {.program = "/usr/bin/openssl", .arguments = arguments, .folder = folder_.path()});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    return folder_.read("out");
  }

  test::TemporaryFolder folder_;
};

TEST_F(SecretContent, PrivateKeysOfEveryFormAreRecognised) {
  const std::vector<std::vector<std::string>> kinds = {
      {"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"},
      {"genpkey", "-algorithm", "RSA"},
      {"genpkey", "-algorithm", "ED25519"}};
  for (const auto& kind : kinds) {
    folder_.write("key.pem", made(kind));
    const auto der = [this](std::vector<std::string> arguments) {
      arguments.insert(arguments.end(), {"-in", "key.pem", "-outform", "DER"});
      return made(std::move(arguments));
    };
    EXPECT_EQ(secret_in_text(folder_.read("key.pem")), "a private key");
    EXPECT_EQ(secret_in_text(der({"pkcs8", "-topk8", "-nocrypt"})), "a private key");
    EXPECT_EQ(secret_in_text(der({"pkcs8", "-topk8", "-passout", "pass:x"})), "a private key");
    EXPECT_EQ(secret_in_text(der({"pkey", "-traditional"})), "a private key");
    EXPECT_EQ(secret_in_text(der({"pkey", "-pubout"})), "");

    folder_.write("cert.pem", made({"req", "-x509", "-key", "key.pem", "-subj", "/CN=x"}));
    EXPECT_EQ(secret_in_text(folder_.read("cert.pem")), "");
    EXPECT_EQ(secret_in_text(made({"x509", "-in", "cert.pem", "-outform", "DER"})), "");
    EXPECT_EQ(secret_in_text(der({"req", "-new", "-subj", "/CN=x", "-key", "key.pem"})), "");
    EXPECT_EQ(
        secret_in_text(made(
            {"pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-passout", "pass:x"})),
        "a private key");
  }
}

TEST_F(SecretContent, ABerPkcs12OfIndefiniteLengthIsRecognised) {
  EXPECT_EQ(
      secret_in_text("\x30\x80\x02\x01\x03\x30\x80\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01"),
      "a private key");
}

TEST_F(SecretContent, DamagedDerIsNoKey) {
  const std::string key = made({"genpkey", "-algorithm", "ED25519", "-outform", "DER"});
  for (std::size_t length = 0; length < 10; ++length) {
    EXPECT_EQ(secret_in_text(key.substr(0, length)), "") << length;
  }
  EXPECT_EQ(secret_in_text("\x30\x84\xFF\xFF\xFF\xFF\x02\x01\x03"), "");
  EXPECT_EQ(secret_in_text("\x30\x83"), "");
}

TEST_F(SecretContent, ManifestsAreRecognised) {
  for (const char* text : {"[[serve.rule]]\nimage = 'a'\n",
                           "# rules\n  [ serve . groups ]\n",
                           "[serve]\r\n",
                           "[defaults]\njobs = 2\n",
                           "[\"device\".kitchen]\nhost = 'a'\n",
                           "device.kitchen.host = 'a'\n",
                           "serve = { path = '/x' }\n",
                           " { \"serve\" : {} }"}) {
    EXPECT_EQ(secret_in_text(text), "a manifest") << text;
  }
  for (const char* text : {"[server]\n",
                           "serve = 1\n",
                           "we serve.\n",
                           "{\"server\": {}}",
                           "\"serve\": 1",
                           "device: esp32\n",
                           "[[rule]]\n",
                           ""}) {
    EXPECT_EQ(secret_in_text(text), "") << text;
  }
}

TEST_F(SecretContent, HashedPasswordsAreRecognised) {
  EXPECT_EQ(secret_in_text("ann:$2y$05$abc\n"), "hashed passwords");
  EXPECT_EQ(secret_in_text("# users\nann:x\nbob:$6$salt$abc\n"), "hashed passwords");
  EXPECT_EQ(secret_in_text("price:$20\n"), "");
}

}  // namespace
}  // namespace otatool::app
