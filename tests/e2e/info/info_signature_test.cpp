// `otatool info --pubkey`: verifies signatures that OpenSSL made, and explains invalid ones.
#include <algorithm>
#include <memory>

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "tests/e2e/info/info_call.hpp"
#include "tests/support/image_builder.hpp"

namespace otatool::test {
namespace {

using support::Blob;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Key new_key(unsigned bits = 2048) {
  return {EVP_RSA_gen(bits), EVP_PKEY_free};
}

std::string public_pem(const Key& key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PUBKEY(bio.get(), key.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

/// With the padding that the device needs: PKCS#1 v1.5 on an ESP8266, PSS on an ESP32.
Blob signature_of(const Key& key, const Blob& payload, const EVP_MD* hash, int padding) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  std::size_t size = 512;
  Blob signature(size);
  EVP_PKEY_CTX* choices = nullptr;
  EXPECT_EQ(EVP_DigestSignInit(context.get(), &choices, hash, nullptr, key.get()), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(choices, padding), 1);
  EXPECT_EQ(EVP_DigestSign(context.get(), signature.data(), &size, payload.data(), payload.size()),
            1);
  signature.resize(size);
  return signature;
}

Blob signed_with(const Key& key, Blob payload) {
  const Blob signature = signature_of(key, payload, EVP_sha256(), RSA_PKCS1_PADDING);
  support::append(payload, signature);
  support::append_u32(payload, static_cast<std::uint32_t>(signature.size()));
  return payload;
}

/// An ESP32 app whose length has this remainder for 128.
Blob esp32_image_of(std::size_t remainder) {
  for (std::size_t size = 3000;; ++size) {
    Blob image = support::esp32_image(
        {.segments = {{0x3F400020, support::noise(size, 1)}, {0x40080000, support::noise(64, 2)}}});
    if (image.size() % 128 == remainder) {
      return image;
    }
  }
}

class InfoSignature : public InfoCommand {
 protected:
  void SetUp() override {
    folder_.write("public.key", public_pem(key_));
    folder_.write("other.key", public_pem(other_));
  }
  const Key key_ = new_key();
  const Key other_ = new_key();
};

TEST_F(InfoSignature, VerifiesWithTheGivenKey) {
  write("app.signed", signed_with(key_, support::arduino_image()));
  const Outcome good = info({"app.signed", "--pubkey", "public.key"});
  EXPECT_EQ(good.exit_code, 0) << good.error;
  EXPECT_THAT(good.output,
              AllOf(HasSubstr("Signature    esp8266, rsa-2048, 260 bytes after"),
                    HasSubstr("Verified     yes, with RSA-2048 ")));
  const auto json = document({"app.signed", "--pubkey", "public.key"});
  EXPECT_EQ(json["signature"]["form"], "esp8266");
  EXPECT_EQ(json["signature"]["valid"], true);
  EXPECT_EQ(json["signature"]["key_bits"], 2048);
  EXPECT_EQ(json["signature"]["reason"], nullptr);
  EXPECT_EQ(json["signature"]["key_fingerprint"].get<std::string>().size(), 64U);
}

// The length of a signature is that of the modulus in whole bytes.
TEST_F(InfoSignature, ShowsUnusualKeySizesExactly) {
  for (const unsigned bits : {1025U, 1536U, 2047U}) {
    const Key key = new_key(bits);
    folder_.write("unusual.key", public_pem(key));
    write("app.signed", signed_with(key, support::arduino_image()));
    const std::string name = std::to_string(bits);
    EXPECT_THAT(info({"app.signed", "--pubkey", "unusual.key"}).output,
                AllOf(HasSubstr("esp8266, rsa-" + name + ","), HasSubstr("RSA-" + name + " ")));
    const auto known = document({"app.signed", "--pubkey", "unusual.key"});
    EXPECT_EQ(known["signature"]["key_bits"], bits);
    EXPECT_EQ(document({"app.signed"})["signature"]["key_bits"], nullptr);
    const std::string limit = std::to_string((bits + 7) / 8 * 8);
    EXPECT_THAT(info({"app.signed"}).output, HasSubstr("rsa, at most " + limit + " bits"));
  }
}

// arduino-esp32 pads SHA-384 and SHA-512 wrongly for 112 to 119 bytes in the last block.
TEST_F(InfoSignature, WarnsOfAHashThatAnEsp32ComputesWrongly) {
  for (const EVP_MD* const hash : {EVP_sha384(), EVP_sha512(), EVP_sha256()}) {
    for (const std::size_t remainder : {std::size_t{96}, std::size_t{112}}) {
      const Blob image = esp32_image_of(remainder);
      write("app.signed",
            support::with_esp32_trailer(image,
                                        signature_of(key_, image, hash, RSA_PKCS1_PSS_PADDING)));
      const bool misread = remainder == 112 && hash != EVP_sha256();
      const auto report = document({"app.signed", "--pubkey", "public.key"});
      EXPECT_EQ(report["signature"]["valid"], true);
      const auto warnings = codes(report, "warning");
      EXPECT_EQ(std::ranges::count(warnings, "signature-hash-length"), misread ? 1 : 0);
      const std::string text = info({"app.signed", "--pubkey", "public.key"}).output;
      EXPECT_EQ(text.find("an ESP32 computes the SHA-384 or SHA-512 of this length wrongly") !=
                    std::string::npos,
                misread);
      ProgramCall verify{.program = OTATOOL_BINARY};
      verify.arguments = {"verify", "app.signed", "--pubkey", "public.key"};
      verify.folder = folder_.path().string();
      const Outcome verdict = run(verify);
      EXPECT_EQ(verdict.exit_code, 0);
      EXPECT_EQ(
          verdict.error.find("warning: app.signed: an ESP32 computes the ") != std::string::npos,
          misread)
          << verdict.error;
    }
  }
}

TEST_F(InfoSignature, ReportsNoVerdictWithoutAKey) {
  write("app.signed", signed_with(key_, support::arduino_image()));
  EXPECT_EQ(document({"app.signed"})["signature"]["valid"], nullptr);
  EXPECT_THAT(info({"app.signed"}).output, Not(HasSubstr("Verified")));
}

TEST_F(InfoSignature, ReportsAnInvalidSignature) {
  Blob image = signed_with(key_, support::arduino_image());
  write("app.signed", image);
  const Outcome other = info({"app.signed", "--pubkey", "other.key"});
  EXPECT_EQ(other.exit_code, 8);
  EXPECT_THAT(other.output, HasSubstr("Verified     NO: "));
  image[0x1200] ^= 1;
  write("changed.signed", image);
  EXPECT_EQ(info({"changed.signed", "--pubkey", "public.key"}).exit_code, 8);
  const auto json = document({"changed.signed", "--pubkey", "public.key"});
  EXPECT_EQ(json["signature"]["valid"], false);
  EXPECT_TRUE(json["signature"]["reason"].is_string());
}

TEST_F(InfoSignature, ReportsAMissingSignature) {
  write("app.bin", support::arduino_image());
  const Outcome outcome = info({"app.bin", "--pubkey", "public.key"});
  EXPECT_EQ(outcome.exit_code, 8);
  EXPECT_THAT(outcome.output, HasSubstr("Signature    none"));
}

TEST_F(InfoSignature, ComparesTheGivenKeyWithTheKeyInTheImage) {
  support::ArduinoSpec spec;
  spec.text = public_pem(other_);
  write("app.signed", signed_with(key_, support::arduino_image(spec)));
  const auto mismatch = document({"app.signed", "--pubkey", "public.key"});
  EXPECT_EQ(mismatch["keys"].size(), 1U);
  EXPECT_EQ(mismatch["keys"][0]["label"], "PUBLIC KEY");
  EXPECT_THAT(codes(mismatch, "warning"), Contains("other-key-embedded"));
  const auto same = document({"app.signed", "--pubkey", "other.key"});
  EXPECT_EQ(same["keys"][0]["fingerprint"], same["signature"]["key_fingerprint"]);
  EXPECT_THAT(codes(same, "warning"), Not(Contains("other-key-embedded")));
}

TEST_F(InfoSignature, RefusesAFileThatIsNotAKey) {
  write("app.bin", support::arduino_image());
  folder_.write("junk", "no key here");
  EXPECT_EQ(info({"app.bin", "--pubkey", "junk"}).exit_code, 8);
  EXPECT_EQ(info({"app.bin", "--pubkey", "missing"}).exit_code, 7);
  EXPECT_EQ(info({"app.bin", "--pubkey", "pkcs11:object=x?module-path=/none.so"}).exit_code, 8);
}

}  // namespace
}  // namespace otatool::test
