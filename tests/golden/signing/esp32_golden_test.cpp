// The ESP32 signature form compared with openssl: RSA-PSS with maximal salt, ECDSA, all hashes.
#include <algorithm>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

#include "otatool/signing/key.hpp"
#include "otatool/signing/signed_image.hpp"

#include "tests/golden/signing/test_keys.hpp"

namespace otatool::signing {
namespace {

using namespace otatool::testing;

struct Hash {
  HashAlgorithm algorithm;
  std::string option;
  int size;
};
const Hash kHashes[] = {{HashAlgorithm::Sha256, "sha256", 32},
                        {HashAlgorithm::Sha384, "sha384", 48},
                        {HashAlgorithm::Sha512, "sha512", 64}};

std::string pss_options(int bits, const Hash& hash) {
  return " -pkeyopt rsa_padding_mode:pss -pkeyopt digest:" + hash.option +
         " -pkeyopt rsa_mgf1_md:" + hash.option +
         " -pkeyopt rsa_pss_saltlen:" + std::to_string(bits / 8 - hash.size - 2);
}

void expect_openssl_accepts(const std::string& name, const std::string& options, const Hash& hash) {
  const PrivateKey key = PrivateKey::load(key_file(name + ".pem")).value();
  const ScratchFolder scratch;
  for (std::size_t length = 4096; length < 4100; ++length) {
    const Buffer payload = sample_payload(length);
    const Trailer trailer =
        sign(digest_of(payload, hash.algorithm), key, SignatureForm::Esp32).value();
    ASSERT_EQ(trailer.size(), 512U);
    const std::size_t size =
        key.public_half().is_rsa() ? key.public_half().signature_size() : trailer[1] + 2U;
    EXPECT_TRUE(std::all_of(trailer.begin() + static_cast<std::ptrdiff_t>(size),
                            trailer.end(),
                            [](std::uint8_t byte) { return byte == 0; }));
    write_file(scratch / "payload", payload);
    write_file(scratch / "signature", Bytes(trailer).first(size));
    ASSERT_TRUE(scratch.run("openssl dgst -" + hash.option + " -binary -out digest payload"));
    const std::string check = "openssl pkeyutl -verify -pubin -inkey " +
                              quoted_key(name + ".pub.pem") + options +
                              " -in digest -sigfile signature";
    EXPECT_TRUE(scratch.run(check));
    write_file(scratch / "digest", sample_payload(static_cast<std::size_t>(hash.size)));
    EXPECT_FALSE(scratch.run(check));

    const Verification verification = verify(joined(payload, trailer), key.public_half());
    EXPECT_TRUE(verification.valid);
    EXPECT_EQ(verification.form, SignatureForm::Esp32);
    EXPECT_EQ(verification.hash, hash.algorithm);
    EXPECT_EQ(verification.payload_size, length);
  }
}

class Esp32Rsa : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(KeySizes,
                         Esp32Rsa,
                         ::testing::Values(1024, 2048, 3072, 4096),
                         ::testing::PrintToStringParamName());

TEST_P(Esp32Rsa, OpensslAcceptsItsPssSignatureWithMaximalSalt) {
  for (const Hash& hash : kHashes) {
    expect_openssl_accepts(
        "rsa-" + std::to_string(GetParam()), pss_options(GetParam(), hash), hash);
  }
}

TEST_P(Esp32Rsa, RefusesAFlippedBitAnywhere) {
  const PrivateKey key =
      PrivateKey::load(key_file("rsa-" + std::to_string(GetParam()) + ".pem")).value();
  const Buffer payload = sample_payload(200);
  Buffer file = joined(
      payload, sign(digest_of(payload, HashAlgorithm::Sha256), key, SignatureForm::Esp32).value());
  ASSERT_TRUE(verify(file, key.public_half()).valid);
  for (std::size_t at = 0; at < file.size(); at += at < payload.size() ? 16 : 3) {
    const auto bit = static_cast<std::uint8_t>(1U << (at % 8));
    file[at] ^= bit;
    EXPECT_FALSE(verify(file, key.public_half()).valid) << "byte " << at;
    file[at] ^= bit;
  }
}

TEST(Esp32Ecdsa, OpensslAcceptsBothCurves) {
  for (const Hash& hash : kHashes) {
    expect_openssl_accepts("p256", " -pkeyopt digest:" + hash.option, hash);
    expect_openssl_accepts("p384", " -pkeyopt digest:" + hash.option, hash);
  }
}

TEST(Esp32Ecdsa, RefusesAFlippedBitAnywhere) {
  const PrivateKey key = PrivateKey::load(key_file("p256.pem")).value();
  const Buffer payload = sample_payload(200);
  Buffer file = joined(
      payload, sign(digest_of(payload, HashAlgorithm::Sha256), key, SignatureForm::Esp32).value());
  ASSERT_TRUE(verify(file, key.public_half()).valid);
  for (std::size_t at = 0; at < file.size(); at += at < payload.size() ? 16 : 1) {
    const auto bit = static_cast<std::uint8_t>(1U << (at % 8));
    file[at] ^= bit;
    EXPECT_FALSE(verify(file, key.public_half()).valid) << "byte " << at;
    file[at] ^= bit;
  }
}

/// bin_signing.py strips zeros and so fails on one signature in 256; we take the length from the
/// key.
TEST(Esp32Vectors, ASignatureThatEndsInZeroVerifies) {
  const Buffer payload = sample_payload(64);
  const Digest digest = digest_of(payload, HashAlgorithm::Sha256);
  const PrivateKey rsa = PrivateKey::load(key_file("rsa-1024.pem")).value();
  const PrivateKey ec = PrivateKey::load(key_file("p256.pem")).value();
  for (const PrivateKey* key : {&rsa, &ec}) {
    for (int attempt = 0;; ++attempt) {
      ASSERT_LT(attempt, 20'000);
      const Trailer trailer = sign(digest, *key, SignatureForm::Esp32).value();
      const std::size_t size = key == &rsa ? 128 : trailer[1] + 2U;
      if (trailer[size - 1] == 0) {
        EXPECT_TRUE(verify(joined(payload, trailer), key->public_half()).valid);
        break;
      }
    }
  }
}

TEST(Esp32Vectors, AnExternalSignatureWithAnotherPaddingIsReported) {
  const ScratchFolder scratch;
  const Buffer payload = sample_payload(999);
  write_file(scratch / "payload", payload);
  const PublicKey key = PublicKey::load(key_file("rsa-2048.pub.pem")).value();
  const std::string inkey = quoted_key("rsa-2048.pem");
  const auto attached = [&](const std::string& options) {
    EXPECT_TRUE(
        scratch.run("openssl dgst -sha256 -sign " + inkey + options + " -out signature payload"));
    return attach(payload,
                  read_file(scratch / "signature"),
                  key,
                  SignatureForm::Esp32,
                  HashAlgorithm::Sha256);
  };
  const std::string pss = " -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:";
  EXPECT_TRUE(attached(pss + "max"));
  EXPECT_EQ(attached("").error().message(),
            "the padding is PKCS#1 v1.5 with DigestInfo, but esp32 devices need RSA-PSS");
  EXPECT_EQ(attached(pss + "32").error().message(),
            "the salt of RSA-PSS does not have the maximal length, which devices require");
}

}  // namespace
}  // namespace otatool::signing
