#include "otatool/signing/signed_image.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/golden/signing/test_keys.hpp"

namespace otatool::signing {
namespace {

using namespace otatool::testing;
using ::testing::HasSubstr;

constexpr auto kSha256 = HashAlgorithm::Sha256;

PrivateKey private_key(std::string_view name) {
  return PrivateKey::load(key_file(name)).value();
}

TEST(Sign, RefusesEcForEsp8266) {
  const Digest digest = digest_of(as_bytes("image"), kSha256);
  for (const SignatureForm form : {SignatureForm::Esp8266, SignatureForm::Esp8266Legacy}) {
    const auto refused = sign(digest, private_key("p256.pem"), form);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::KeyWrongKind);
    EXPECT_THAT(refused.error().message(), HasSubstr("an ESP8266 verifies RSA alone"));
  }
}

TEST(Sign, RefusesAPrivateKeyThatDoesNotBelongToItsPublicHalf) {
  const ScratchFolder folder;
  ASSERT_TRUE(
      folder.run("for name in one other; do openssl ecparam -name prime256v1 -genkey -noout "
                 "-outform DER -out $name; done"));
  // Both end with the coordinates of the public point.
  Buffer key = read_file(folder / "one");
  const Buffer other = read_file(folder / "other");
  std::copy(other.end() - 64, other.end(), key.end() - 64);
  const auto refused = sign(
      digest_of(as_bytes("image"), kSha256), PrivateKey::load(key).value(), SignatureForm::Esp32);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::KeyUnusable);
}

TEST(Sign, TheEsp8266FormsHaveSha256Alone) {
  const auto refused = sign(digest_of(as_bytes("image"), HashAlgorithm::Sha384),
                            private_key("rsa-2048.pem"),
                            SignatureForm::Esp8266);
  EXPECT_EQ(refused.error(),
            Error(Errc::Usage, "esp8266 devices support only SHA-256, not SHA-384"));
}

TEST(Sign, GrowsTheFileByTheDocumentedSizes) {
  const Digest digest = digest_of(as_bytes("image"), kSha256);
  for (const auto& [name, growth] : {std::pair("rsa-1024.pem", 132U),
                                     std::pair("rsa-2048.pem", 260U),
                                     std::pair("rsa-3072.pem", 388U),
                                     std::pair("rsa-4096.pem", 516U)}) {
    EXPECT_EQ(sign(digest, private_key(name), SignatureForm::Esp8266).value().size(), growth);
    EXPECT_EQ(sign(digest, private_key(name), SignatureForm::Esp8266Legacy).value().size(), growth);
    EXPECT_EQ(sign(digest, private_key(name), SignatureForm::Esp32).value().size(), 512U);
  }
}

TEST(FindSignature, FindsEachFormWithoutAKey) {
  const Buffer payload = sample_payload(1000);
  const Digest digest = digest_of(payload, kSha256);
  for (const char* name :
       {"rsa-1024.pem", "rsa-2048.pem", "rsa-3072.pem", "p256.pem", "p384.pem"}) {
    const PrivateKey key = private_key(name);
    const auto esp32 =
        find_signature(joined(payload, sign(digest, key, SignatureForm::Esp32).value()));
    ASSERT_TRUE(esp32) << name;
    EXPECT_EQ(esp32->form, SignatureForm::Esp32);
    EXPECT_EQ(esp32->payload_size, payload.size());
    if (key.public_half().is_rsa()) {
      const auto esp8266 =
          find_signature(joined(payload, sign(digest, key, SignatureForm::Esp8266).value()));
      ASSERT_TRUE(esp8266) << name;
      EXPECT_EQ(esp8266->form, SignatureForm::Esp8266);
      EXPECT_EQ(esp8266->payload_size, payload.size());
      EXPECT_EQ(esp8266->signature_size, key.public_half().signature_size());
    }
  }
}

TEST(FindSignature, NeedsTheImageLengthForRsa4096OnEsp32) {
  const Buffer payload = sample_payload(1000);
  const Buffer file = joined(
      payload,
      sign(digest_of(payload, kSha256), private_key("rsa-4096.pem"), SignatureForm::Esp32).value());
  EXPECT_FALSE(find_signature(file));
  ASSERT_TRUE(find_signature(file, payload.size()));
  EXPECT_EQ(find_signature(file, payload.size())->payload_size, payload.size());
}

TEST(FindSignature, FindsNothingInUnsignedFiles) {
  for (std::size_t size : {0U, 1U, 3U, 4U, 131U, 132U, 511U, 512U, 5000U}) {
    EXPECT_FALSE(find_signature(sample_payload(size))) << size;
    EXPECT_FALSE(find_signature(Buffer(size, 0x00))) << size;
    EXPECT_FALSE(find_signature(Buffer(size, 0xFF))) << size;
  }
  // A padded image, and text whose last word happens to be a possible length.
  EXPECT_FALSE(find_signature(joined(Buffer(400, 'x'), Buffer(300, 0))));
  EXPECT_FALSE(find_signature(joined(Buffer(600, 'x'), Buffer{200, 0, 0, 0})));
}

TEST(FindSignature, AKnownImageLengthDecides) {
  // A package whose uncompressed size is 256 ends as a trailer of RSA-2048 does.
  const Buffer file = joined(sample_payload(1000), Buffer{0, 1, 0, 0});
  EXPECT_TRUE(find_signature(file));
  EXPECT_FALSE(find_signature(file, file.size()));
}

TEST(Attach, NamesWhatASignatureIsInstead) {
  const Buffer payload = sample_payload(1000);
  const Digest digest = digest_of(payload, kSha256);
  const PrivateKey key = private_key("rsa-2048.pem");
  const auto signature_of = [&](const Digest& what, const PrivateKey& with, SignatureForm form) {
    Trailer trailer = sign(what, with, form).value();
    trailer.resize(256);
    return trailer;
  };
  const auto complaint = [&](const Trailer& signature, SignatureForm form) {
    const auto attached = attach(payload, signature, key.public_half(), form, kSha256);
    return attached ? std::string() : attached.error().message();
  };
  EXPECT_EQ(complaint(signature_of(digest, key, SignatureForm::Esp8266), SignatureForm::Esp8266),
            "");
  EXPECT_EQ(complaint(signature_of(digest, key, SignatureForm::Esp32), SignatureForm::Esp8266),
            "the padding is RSA-PSS, but esp8266 devices need PKCS#1 v1.5 with DigestInfo");
  EXPECT_EQ(
      complaint(signature_of(digest, key, SignatureForm::Esp8266Legacy), SignatureForm::Esp8266),
      "the padding is PKCS#1 v1.5 without DigestInfo, but esp8266 devices need PKCS#1 v1.5 with "
      "DigestInfo");
  EXPECT_EQ(
      complaint(signature_of(digest, key, SignatureForm::Esp8266), SignatureForm::Esp8266Legacy),
      "the padding is PKCS#1 v1.5 with DigestInfo, but esp8266-legacy devices need PKCS#1 v1.5 "
      "without DigestInfo");
  const Digest twice = digest_of(digest.bytes(), kSha256);
  EXPECT_EQ(complaint(signature_of(twice, key, SignatureForm::Esp8266), SignatureForm::Esp8266),
            "the digest was hashed again before it was signed");
  EXPECT_EQ(complaint(signature_of(twice, key, SignatureForm::Esp32), SignatureForm::Esp32),
            "the digest was hashed again before it was signed");
  const Digest other = digest_of(as_bytes("other"), kSha256);
  EXPECT_EQ(complaint(signature_of(other, key, SignatureForm::Esp8266), SignatureForm::Esp8266),
            "the signature is for other content: it signs SHA-256 " + to_hex(other.bytes()) +
                ", but these bytes have " + to_hex(digest.bytes()));
  EXPECT_EQ(complaint(signature_of(digest, private_key("stranger.pem"), SignatureForm::Esp8266),
                      SignatureForm::Esp8266),
            "the signature was made with another key or for another image, or it is damaged");
  EXPECT_EQ(
      complaint(signature_of(digest_of(payload, HashAlgorithm::Sha512), key, SignatureForm::Esp32),
                SignatureForm::Esp32),
      "the signature is made with SHA-512 instead of SHA-256");
}

TEST(ReadSignature, TakesRawBase64AndHex) {
  const PublicKey key = PublicKey::load(key_file("rsa-1024.pub.pem")).value();
  const Buffer raw = sample_payload(128);
  EXPECT_EQ(read_signature(raw, key).value(), raw);
  EXPECT_EQ(read_signature(as_bytes(to_hex(raw) + "\n"), key).value(), raw);
  for (const std::size_t size : {0U, 127U, 129U, 256U}) {
    const auto refused = read_signature(sample_payload(size), key);
    EXPECT_EQ(refused.error().code(), Errc::SignatureInvalid) << size;
  }
  EXPECT_EQ(read_signature(sample_payload(64), key).error().message(),
            "64 bytes are not a signature of an RSA-1024 key, which has 128 bytes");
}

TEST(ReadSignature, TurnsThePlainFormOfEcdsaIntoDer) {
  const PrivateKey key = private_key("p256.pem");
  const Buffer payload = sample_payload(100);
  // Enough signatures to see numbers with a high bit and such with leading zeros.
  for (int i = 0; i < 300; ++i) {
    const Trailer trailer = sign(digest_of(payload, kSha256), key, SignatureForm::Esp32).value();
    const Bytes der = Bytes(trailer).first(trailer[1] + 2U);
    Buffer plain;
    for (std::size_t at = 2; at < der.size(); at += der[at + 1] + 2U) {
      Bytes number = der.subspan(at + 2, der[at + 1]);
      number = number.size() > 32 ? number.subspan(1) : number;
      plain.insert(plain.end(), 32 - number.size(), 0);
      plain.insert(plain.end(), number.begin(), number.end());
    }
    ASSERT_EQ(plain.size(), 64U);
    EXPECT_EQ(read_signature(plain, key.public_half()).value(), Buffer(der.begin(), der.end()));
    EXPECT_EQ(read_signature(der, key.public_half()).value(), Buffer(der.begin(), der.end()));
  }
}

TEST(RequiredOperation, NamesPaddingHashAndSalt) {
  const PublicKey rsa = PublicKey::load(key_file("rsa-2048.pub.pem")).value();
  const PublicKey ec = PublicKey::load(key_file("p256.pub.pem")).value();
  EXPECT_THAT(required_operation(rsa, SignatureForm::Esp8266, kSha256).value(),
              HasSubstr("RSASSA-PKCS1-v1_5 with SHA-256"));
  EXPECT_THAT(required_operation(rsa, SignatureForm::Esp8266Legacy, kSha256).value(),
              HasSubstr("without DigestInfo"));
  EXPECT_EQ(required_operation(rsa, SignatureForm::Esp32, kSha256).value(),
            "RSASSA-PSS, hash SHA-256, MGF1 with SHA-256, salt of 222 bytes");
  EXPECT_THAT(required_operation(ec, SignatureForm::Esp32, kSha256).value(), HasSubstr("ECDSA"));
  EXPECT_EQ(required_operation(ec, SignatureForm::Esp8266, kSha256).error().code(),
            Errc::KeyWrongKind);
  EXPECT_EQ(required_operation(SignatureForm::Esp8266, HashAlgorithm::Sha512).error().code(),
            Errc::Usage);
}

}  // namespace
}  // namespace otatool::signing
