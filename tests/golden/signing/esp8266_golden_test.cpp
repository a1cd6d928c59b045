// The ESP8266 signature forms compared with openssl, which signing.py calls, and with BearSSL,
// which devices run.
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "otatool/signing/key.hpp"
#include "otatool/signing/signed_image.hpp"

#include "tests/golden/signing/stock_verifier.hpp"
#include "tests/golden/signing/test_keys.hpp"

namespace otatool::signing {
namespace {

using namespace otatool::testing;

PrivateKey private_key(const std::string& name) {
  return PrivateKey::load(key_file(name)).value();
}

Buffer signed_file(Bytes payload, const PrivateKey& key, SignatureForm form) {
  return joined(payload, sign(digest_of(payload, HashAlgorithm::Sha256), key, form).value());
}

/// A signature made by openssl, with a length field.
Buffer openssl_file(Bytes payload, const ScratchFolder& scratch, const std::string& sign_command) {
  write_file(scratch / "payload", payload);
  EXPECT_TRUE(scratch.run("openssl dgst -sha256 -binary -out digest payload"));
  EXPECT_TRUE(scratch.run(sign_command));
  const Buffer signature = read_file(scratch / "signature");
  const Buffer length{static_cast<std::uint8_t>(signature.size()),
                      static_cast<std::uint8_t>(signature.size() >> 8U),
                      0,
                      0};
  return joined(joined(payload, signature), length);
}

class Esp8266Golden : public ::testing::TestWithParam<int> {
 protected:
  [[nodiscard]] static std::string key_name() {
    return "rsa-" + std::to_string(GetParam()) + ".pem";
  }
  /// Checks that our signature equals the output of this openssl command.
  static void expect_equal(SignatureForm form, const std::string& sign_command) {
    const PrivateKey key = private_key(key_name());
    const ScratchFolder scratch;
    for (std::size_t length = 4096; length < 4100; ++length) {
      const Buffer payload = sample_payload(length);
      EXPECT_EQ(signed_file(payload, key, form), openssl_file(payload, scratch, sign_command));
    }
  }
};

INSTANTIATE_TEST_SUITE_P(KeySizes,
                         Esp8266Golden,
                         ::testing::Values(1024, 2048, 3072, 4096),
                         ::testing::PrintToStringParamName());

TEST_P(Esp8266Golden, EqualsOpensslDgstSign) {
  expect_equal(SignatureForm::Esp8266,
               "openssl dgst -sha256 -sign " + quoted_key(key_name()) + " -out signature payload");
}

TEST_P(Esp8266Golden, LegacyEqualsOpensslPkeyutl) {
  expect_equal(
      SignatureForm::Esp8266Legacy,
      "openssl pkeyutl -sign -inkey " + quoted_key(key_name()) + " -in digest -out signature");
}

TEST_P(Esp8266Golden, DevicesAcceptOnlyTheirOwnForm) {
  const PrivateKey key = private_key(key_name());
  const DeviceKey device = device_key(key_name());
  for (std::size_t length = 1000; length < 1004; ++length) {
    const Buffer payload = sample_payload(length);
    const Buffer current = signed_file(payload, key, SignatureForm::Esp8266);
    const Buffer legacy = signed_file(payload, key, SignatureForm::Esp8266Legacy);
    for (const Arithmetic arithmetic : {Arithmetic::I15, Arithmetic::I31}) {
      EXPECT_TRUE(device_accepts(current, device, Core::V260, arithmetic));
      EXPECT_TRUE(device_accepts(legacy, device, Core::V250, arithmetic));
      EXPECT_FALSE(device_accepts(legacy, device, Core::V260, arithmetic));
      EXPECT_FALSE(device_accepts(current, device, Core::V250, arithmetic));
    }
  }
}

/// The device and otatool both refuse a file with one flipped bit: in every byte of signature and
/// length field, and in every 16th byte of the payload.
TEST_P(Esp8266Golden, RefusesAFlippedBitAnywhere) {
  const PrivateKey key = private_key(key_name());
  const DeviceKey device = device_key(key_name());
  for (const auto& [form, core] : {std::pair(SignatureForm::Esp8266, Core::V260),
                                   std::pair(SignatureForm::Esp8266Legacy, Core::V250)}) {
    const Buffer payload = sample_payload(256);
    Buffer file = signed_file(payload, key, form);
    ASSERT_TRUE(device_accepts(file, device, core));
    ASSERT_TRUE(verify(file, key.public_half()).valid);
    for (std::size_t at = 0; at < file.size(); at += at < payload.size() ? 16 : 1) {
      const auto bit = static_cast<std::uint8_t>(1U << (at % 8));
      file[at] ^= bit;
      EXPECT_FALSE(device_accepts(file, device, core, Arithmetic::I31)) << "byte " << at;
      EXPECT_FALSE(verify(file, key.public_half()).valid) << "byte " << at;
      file[at] ^= bit;
    }
  }
}

TEST_P(Esp8266Golden, VerifiesASignatureOfOpenssl) {
  const PublicKey key = PublicKey::load(key_file(key_name())).value();
  const ScratchFolder scratch;
  const Buffer payload = sample_payload(777);
  const Buffer current = openssl_file(
      payload,
      scratch,
      "openssl dgst -sha256 -sign " + quoted_key(key_name()) + " -out signature payload");
  EXPECT_EQ(verify(current, key).form, SignatureForm::Esp8266);
  EXPECT_TRUE(verify(current, key).valid);
  const Buffer legacy = openssl_file(
      payload,
      scratch,
      "openssl pkeyutl -sign -inkey " + quoted_key(key_name()) + " -in digest -out signature");
  EXPECT_EQ(verify(legacy, key).form, SignatureForm::Esp8266Legacy);
  EXPECT_TRUE(verify(legacy, key).valid);
}

TEST_P(Esp8266Golden, AcceptsADigestInfoWithoutNull) {
  const ScratchFolder scratch;
  const Buffer file = openssl_file(
      sample_payload(500),
      scratch,
      R"((printf '\060\057\060\013\006\011\140\206\110\001\145\003\004\002\001\004\040'; cat digest) >info
         openssl pkeyutl -sign -inkey )" +
          quoted_key(key_name()) + " -in info -out signature");
  EXPECT_TRUE(device_accepts(file, device_key(key_name()), Core::V260));
  const Verification verification = verify(file, PublicKey::load(key_file(key_name())).value());
  EXPECT_TRUE(verification.valid);
  EXPECT_EQ(verification.form, SignatureForm::Esp8266);
}

TEST(Esp8266Vectors, ASignatureWithALeadingZeroKeepsItsLength) {
  const PrivateKey key = private_key("rsa-1024.pem");
  const DeviceKey device = device_key("rsa-1024.pem");
  for (std::uint32_t seed = 1;; ++seed) {
    const Buffer payload = sample_payload(64, seed);
    const Buffer file = signed_file(payload, key, SignatureForm::Esp8266);
    if (file[payload.size()] == 0) {
      EXPECT_EQ(file.size(), payload.size() + 132);
      EXPECT_TRUE(device_accepts(file, device, Core::V260));
      EXPECT_TRUE(verify(file, key.public_half()).valid);
      return;
    }
    ASSERT_LT(seed, 20'000U);
  }
}

TEST(Esp8266Vectors, ALengthFieldThatCountsItselfIsRefused) {
  const PrivateKey key = private_key("rsa-2048.pem");
  Buffer file = signed_file(sample_payload(4096), key, SignatureForm::Esp8266);
  file[file.size() - 4] = 0x04;
  EXPECT_FALSE(device_accepts(file, device_key("rsa-2048.pem"), Core::V260));
  const Verification verification = verify(file, key.public_half());
  EXPECT_FALSE(verification.valid);
  EXPECT_EQ(verification.problem->message(),
            "the length field says 260 but the signature has 256 bytes: the field does not count "
            "itself");
}

TEST(Esp8266Vectors, TheSameKeyAndPayloadGiveTheSameFile) {
  const Buffer payload = sample_payload(5000);
  for (const SignatureForm form : {SignatureForm::Esp8266, SignatureForm::Esp8266Legacy}) {
    EXPECT_EQ(signed_file(payload, private_key("rsa-2048.pem"), form),
              signed_file(payload, private_key("rsa-2048.pkcs1.der"), form));
  }
}

/// A signature made from the digest alone equals the one of direct signing.
TEST(Esp8266Vectors, DigestAndAttachEqualDirectSigning) {
  const PrivateKey key = private_key("rsa-2048.pem");
  const ScratchFolder scratch;
  const Buffer payload = sample_payload(4321);
  const Digest digest = digest_of(payload, HashAlgorithm::Sha256);
  write_file(scratch / "digest", digest.bytes());
  for (const auto& [form, option] :
       {std::pair(SignatureForm::Esp8266, std::string(" -pkeyopt digest:sha256")),
        std::pair(SignatureForm::Esp8266Legacy, std::string())}) {
    ASSERT_TRUE(scratch.run("openssl pkeyutl -sign -inkey " + quoted_key("rsa-2048.pem") + option +
                            " -in digest -out signature"));
    ASSERT_TRUE(scratch.run("openssl base64 -in signature -out signature.txt"));
    const auto trailer = attach(
        payload, read_file(scratch / "signature"), key.public_half(), form, HashAlgorithm::Sha256);
    ASSERT_TRUE(trailer) << trailer.error().message();
    EXPECT_EQ(joined(payload, *trailer), signed_file(payload, key, form));
    EXPECT_EQ(read_signature(read_file(scratch / "signature.txt"), key.public_half()).value(),
              read_file(scratch / "signature"));
  }
}

}  // namespace
}  // namespace otatool::signing
