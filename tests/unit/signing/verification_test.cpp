// What is said of files that do not verify.
#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/signing/signed_image.hpp"

#include "tests/golden/signing/test_keys.hpp"

namespace otatool::signing {
namespace {

using namespace otatool::testing;

PrivateKey loaded_key(std::string_view name) {
  return PrivateKey::load(key_file(name)).value();
}

Buffer signed_file(std::string_view name, SignatureForm form) {
  const Buffer payload = sample_payload(1000);
  return joined(payload,
                sign(digest_of(payload, HashAlgorithm::Sha256), loaded_key(name), form).value());
}

Error problem_of(Bytes file, std::string_view key = "rsa-2048.pub.pem") {
  const Verification verification = verify(file, PublicKey::load(key_file(key)).value());
  EXPECT_NE(verification.valid, verification.problem.has_value());
  return verification.problem.value_or(Error(Errc::Internal, "it is valid"));
}

TEST(Verify, SaysThatAFileIsNotSigned) {
  const Error unsigned_file(Errc::NotSigned, "there is no signature at the end of the file");
  for (const char* key : {"rsa-2048.pub.pem", "rsa-4096.pub.pem", "p256.pub.pem"}) {
    EXPECT_EQ(problem_of(sample_payload(1000), key), unsigned_file) << key;
    EXPECT_EQ(problem_of(Buffer{}, key), unsigned_file) << key;
    EXPECT_EQ(problem_of(Buffer(2000, 0), key), unsigned_file) << key;
  }
}

TEST(Verify, RecognisesADamagedEcdsaSignature) {
  for (const std::string_view curve : {"p256", "p384"}) {
    Buffer file = signed_file(std::string(curve) + ".pem", SignatureForm::Esp32);
    file[1000] ^= 1;  // no longer a DER SEQUENCE
    const std::string key = std::string(curve) + ".pub.pem";
    EXPECT_EQ(problem_of(file, key),
              Error(Errc::SignatureInvalid, "the ECDSA signature is damaged: it is not valid DER"));
    EXPECT_EQ(problem_of(file).code(), Errc::NotSigned);
  }
}

TEST(Verify, SaysThatAFileIsTooShort) {
  for (const std::size_t missing : {1U, 256U}) {
    const Buffer file = joined(sample_payload(256 - missing), Buffer{0, 1, 0, 0});
    EXPECT_EQ(problem_of(file),
              Error(Errc::NotSigned,
                    "a file of " + std::to_string(260 - missing) + " bytes" +
                        " is shorter than the 260 bytes of a signature and its length field"));
  }
}

TEST(Verify, SaysWhichContentsWereSigned) {
  Buffer file = signed_file("rsa-2048.pem", SignatureForm::Esp8266);
  file[10] ^= 1U;
  const Error problem = problem_of(file);
  EXPECT_EQ(problem.code(), Errc::SignatureInvalid);
  EXPECT_THAT(problem.message(), ::testing::StartsWith("the signature is for other content"));
}

TEST(Verify, SaysThatAnotherKeySigned) {
  EXPECT_EQ(problem_of(signed_file("stranger.pem", SignatureForm::Esp8266)).message(),
            "the signature was made with another key or for another image, or it is damaged");
  EXPECT_EQ(problem_of(signed_file("rsa-1024.pem", SignatureForm::Esp8266)).message(),
            "it is signed with an RSA-1024 key, not with this RSA-2048 key");
  EXPECT_EQ(
      problem_of(signed_file("rsa-2048.pem", SignatureForm::Esp8266), "p256.pub.pem").message(),
      "it is signed with an RSA-2048 key, not with this EC P-256 key");
  EXPECT_EQ(problem_of(signed_file("p256.pem", SignatureForm::Esp32)).message(),
            "it is signed with an EC key, not with this RSA-2048 key");
  EXPECT_EQ(problem_of(signed_file("p256.pem", SignatureForm::Esp32), "p384.pub.pem").message(),
            "the signature was made with another key or for another image, or it is damaged");
}

TEST(Verify, KnowsTheWrongLengthFields) {
  // signing.py before core 3.1.0 wrote 256 whatever the key.
  Buffer file = signed_file("rsa-3072.pem", SignatureForm::Esp8266);
  file[file.size() - 4] = 0;
  file[file.size() - 3] = 1;
  EXPECT_EQ(
      problem_of(file, "rsa-3072.pub.pem").message(),
      "the length field says 256 but the signature has 384 bytes: every device would refuse it");
  // Documentation before core 3.0.0 counted the field itself.
  file = signed_file("stranger.pem", SignatureForm::Esp8266);
  file[file.size() - 4] = 4;
  EXPECT_EQ(problem_of(file).message(),
            "the length field says 260: it counts itself, but devices need 256; the signature was "
            "not made with this key either");
}

TEST(Verify, FindsBytesBehindTheTrailer) {
  const Buffer file = joined(signed_file("rsa-2048.pem", SignatureForm::Esp8266), as_bytes("\n"));
  EXPECT_EQ(problem_of(file).message(), "1 byte too many after the length field of the signature");
}

TEST(Verify, AnEcdsaSignatureInTheEsp8266FormCanNeverBeValid) {
  const Buffer esp32 = signed_file("p256.pem", SignatureForm::Esp32);
  const std::uint8_t size = static_cast<std::uint8_t>(esp32[1001] + 2U);
  const Buffer file = joined(Bytes(esp32).first(1000U + size), Buffer{size, 0, 0, 0});
  for (const char* key : {"p256.pub.pem", "rsa-2048.pub.pem"}) {
    EXPECT_EQ(problem_of(file, key).code(), Errc::KeyWrongKind);
  }
}

TEST(Verify, RefusesPaddingThatDoesNotEndInAZero) {
  // PKCS#1 v1.5 of SHA-256 for RSA-2048. Without padding, decryption and signature are the same.
  const Buffer payload = sample_payload(1000);
  const Digest digest = digest_of(payload, HashAlgorithm::Sha256);
  Buffer block(256, 0xFF);
  block[0] = 0;
  block[1] = 1;
  const Buffer info =
      joined(from_hex("3031300d060960864801650304020105000420").value(), digest.bytes());
  std::ranges::copy(info, block.end() - static_cast<std::ptrdiff_t>(info.size()));
  std::uint8_t& end = block[256 - info.size() - 1];
  const ScratchFolder folder;
  for (const std::uint8_t zero : {std::uint8_t{0x00}, std::uint8_t{0x55}}) {
    end = zero;
    write_file(folder / "block", block);
    ASSERT_TRUE(
        folder.run("openssl pkeyutl -decrypt -pkeyopt rsa_padding_mode:none -in block -inkey " +
                   quoted_key("rsa-2048.pem") + " -out signature"));
    const Buffer file =
        joined(joined(payload, read_file(folder / "signature")), Buffer{0, 1, 0, 0});
    const Verification verification =
        verify(file, PublicKey::load(key_file("rsa-2048.pub.pem")).value());
    EXPECT_EQ(verification.valid, zero == 0);
  }
}

TEST(Verify, RefusesPssWithAnotherSalt) {
  const Buffer payload = sample_payload(1000);
  const ScratchFolder folder;
  write_file(folder / "payload", payload);
  for (const char* const salt : {"max", "32"}) {
    ASSERT_TRUE(folder.run(
        "openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:" +
        std::string(salt) + " -sign " + quoted_key("rsa-2048.pem") + " -out signature payload"));
    Buffer trailer = read_file(folder / "signature");
    trailer.resize(512);
    const Error problem = problem_of(joined(payload, trailer));
    EXPECT_EQ(problem.code(),
              std::string_view(salt) == "max" ? Errc::Internal : Errc::SignatureInvalid);
  }
}

TEST(Verify, EachTruncationOfASignedFileIsRefused) {
  for (const SignatureForm form : {SignatureForm::Esp8266, SignatureForm::Esp32}) {
    const Buffer file = signed_file("rsa-1024.pem", form);
    for (std::size_t size = 0; size < file.size(); ++size) {
      EXPECT_NE(problem_of(Bytes(file).first(size), "rsa-1024.pub.pem").code(), Errc::Internal)
          << size;
    }
  }
}

}  // namespace
}  // namespace otatool::signing
