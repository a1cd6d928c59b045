// `otatool info --pubkey`: verifies signatures that OpenSSL made, and explains invalid ones.
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

Key new_key() {
  return {EVP_RSA_gen(2048), EVP_PKEY_free};
}

std::string public_pem(const Key& key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PUBKEY(bio.get(), key.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

Blob signed_with(const Key& key, Blob payload) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  std::size_t size = 256;
  Blob signature(size);
  EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()), 1);
  EXPECT_EQ(EVP_DigestSign(context.get(), signature.data(), &size, payload.data(), payload.size()),
            1);
  support::append(payload, signature);
  support::append_u32(payload, static_cast<std::uint32_t>(size));
  return payload;
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
}

}  // namespace
}  // namespace otatool::test
