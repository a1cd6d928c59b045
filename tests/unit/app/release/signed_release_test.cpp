#include "app/release/signed_release.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/app/release/release_images.hpp"

namespace otatool::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Errc code_of(ExaminedFile file, const SigningOptions& options = {}) {
  const auto input = prepare_signing(std::move(file), options);
  return input ? Errc::Internal : input.error().code();
}

ExaminedFile signed_sketch() {
  const auto key = private_key();
  const auto input = prepare_signing(sketch(), {}).value();
  return examined(signed_bytes(input, key, input.form).value());
}

TEST(SignedRelease, ChoosesTheFormByTheChip) {
  EXPECT_EQ(prepare_signing(sketch(), {})->form, SignatureForm::Esp8266);
  EXPECT_EQ(prepare_signing(examined(support::esp32_image()), {})->form, SignatureForm::Esp32);
}

TEST(SignedRelease, AppendsAVerifyingSignature) {
  const auto key = private_key();
  for (const ExaminedFile& file : {sketch(), package(), examined(support::esp32_image())}) {
    const auto input = prepare_signing(file, {});
    const auto bytes = signed_bytes(*input, key, input->form);
    EXPECT_TRUE(signing::verify(*bytes, key.public_half()).valid);
    EXPECT_EQ(signed_payload_size(examined(*bytes)), input->payload.size());
  }
}

TEST(SignedRelease, RefusesOrReplacesAnExistingSignature) {
  EXPECT_EQ(code_of(signed_sketch()), Errc::AlreadySigned);
  const auto replaced = prepare_signing(signed_sketch(), {.replace_signature = true});
  ASSERT_TRUE(replaced);
  EXPECT_TRUE(replaced->signature_replaced);
  EXPECT_EQ(replaced->payload, sketch().bytes);
}

TEST(SignedRelease, FindsASignatureAfterTrailingBytes) {
  const auto key = private_key();
  for (const std::size_t more : {1U, 16U, 5000U}) {
    for (support::Blob bytes : {support::arduino_image(), support::esp32_image()}) {
      bytes.resize(bytes.size() + more, 0xFF);
      const auto input = prepare_signing(examined(bytes), {});
      const ExaminedFile file = examined(signed_bytes(*input, key, input->form).value());
      EXPECT_EQ(signed_payload_size(file), bytes.size());
      EXPECT_EQ(file.examined.file.trailing_bytes, more);
      EXPECT_TRUE(file.examined.file.signature->certain);
      EXPECT_EQ(code_of(file), Errc::AlreadySigned);
      EXPECT_EQ(unsigned_size(file), bytes.size());
    }
  }
}

TEST(SignedRelease, TakesTrailingBytesForNoSignature) {
  support::Blob bytes = support::arduino_image();
  bytes.resize(bytes.size() + 512, 0x20);
  support::append_u32(bytes, 256);
  EXPECT_EQ(signed_payload_size(examined(bytes)), std::nullopt);
}

TEST(SignedRelease, KeepsSecureBootSignaturesLast) {
  for (const support::Blob& bytes : {support::with_secure_boot_v1(support::esp32_image()),
                                     support::with_secure_boot_v2(support::esp32_image(), 2, 1)}) {
    EXPECT_EQ(code_of(examined(bytes)), Errc::AlreadySigned);
    EXPECT_TRUE(prepare_signing(examined(bytes),
                                {.overridden = overridable_checks(), .replace_signature = true}));
    EXPECT_EQ(signed_payload_size(examined(bytes)), std::nullopt);
    EXPECT_EQ(unsigned_size(examined(bytes)), support::esp32_image().size());
  }
}

TEST(SignedRelease, PadsLengthsThatAnEsp32HashesWrongly) {
  for (const std::size_t rest : {96U, 112U, 0U}) {
    support::Blob bytes = support::esp32_image();
    while (bytes.size() % 128 != rest) {
      bytes.push_back(0xFF);
    }
    for (const auto hash : {signing::HashAlgorithm::Sha256, signing::HashAlgorithm::Sha512}) {
      const auto input = prepare_signing(examined(bytes), {.hash = hash});
      const bool padded = rest == 112 && hash == signing::HashAlgorithm::Sha512;
      EXPECT_EQ(input->padding, padded ? 16U : 0U);
      EXPECT_EQ(input->payload.size(), bytes.size() + input->padding);
    }
  }
}

TEST(SignedRelease, NamesTheFileInErrors) {
  const auto input = prepare_signing(signed_sketch(), {});
  EXPECT_THAT(input.error().message(), HasSubstr("fw.bin: it is signed already"));
}

TEST(SignedRelease, RefusesUnfitImagesUnlessOverridden) {
  const ExaminedFile text = examined({'h', 'e', 'l', 'l', 'o'});
  EXPECT_EQ(code_of(text), Errc::NotAnImage);
  const auto forced = prepare_signing(text, {.overridden = overridable_checks()});
  ASSERT_TRUE(forced);
  EXPECT_TRUE(forced->overridden_problem);
  EXPECT_FALSE(prepare_signing(sketch(), {.overridden = overridable_checks()})->overridden_problem);
}

TEST(SignedRelease, NothingOverridesABrokenPackage) {
  ExaminedFile file = package();
  file.bytes.resize(file.bytes.size() - 9);
  EXPECT_EQ(code_of(examined(file.bytes), {.overridden = overridable_checks()}),
            Errc::BrokenPackage);
}

TEST(SignedRelease, AlignsPackages) {
  support::Blob bytes = package().bytes;
  bytes[3] = 8;  // FNAME
  const support::Blob name = {'a', 'b', 0};
  bytes.insert(bytes.begin() + 10, name.begin(), name.end());
  const std::size_t size = bytes.size();
  const auto input = prepare_signing(examined(bytes), {});
  ASSERT_TRUE(input);
  EXPECT_EQ(input->repacked_from, size % 4 == 0 ? std::nullopt : std::optional(size));
  EXPECT_EQ(input->payload.size() % gzip::kPackageAlignment, 0U);
}

TEST(SignedRelease, HasNoLegacyFormForPackages) {
  EXPECT_EQ(code_of(package(), {.form = SignatureForm::Esp8266Legacy}), Errc::WrongKind);
  const auto input = prepare_signing(package(), {});
  EXPECT_EQ(signed_bytes(*input, private_key(), SignatureForm::Esp8266Legacy).error().code(),
            Errc::WrongKind);
}

TEST(SignedRelease, HasNoPackagesForEsp32) {
  EXPECT_EQ(code_of(package(), {.form = SignatureForm::Esp32}), Errc::WrongKind);
}

TEST(SignedRelease, SetsTheFlashModeBeforeSigning) {
  const auto input = prepare_signing(sketch(), {.flash_mode = image::FlashMode::Dout});
  ASSERT_TRUE(input);
  EXPECT_EQ(input->payload[2], 3);
  EXPECT_EQ(input->examined.file.parts.front().flash.mode, image::FlashMode::Dout);
}

TEST(SignedRelease, NamesTheAcceptingCores) {
  const auto cores = [](const ExaminedFile& file, std::size_t size, SignatureForm form) {
    return accepting_cores(file.examined, size, form, signing::HashAlgorithm::Sha384);
  };
  EXPECT_EQ(cores(sketch(), 7, SignatureForm::Esp8266), "ESP8266 cores from 2.6.0 on");
  EXPECT_EQ(cores(package(), 8, SignatureForm::Esp8266), "ESP8266 cores from 3.0.0 on");
  EXPECT_THAT(cores(package(), 7, SignatureForm::Esp8266), HasSubstr("3.0.0 to 3.0.2"));
  EXPECT_EQ(cores(sketch(), 7, SignatureForm::Esp8266Legacy), "ESP8266 cores 2.5.0 to 2.5.2");
  EXPECT_THAT(cores(sketch(), 7, SignatureForm::Esp32), HasSubstr("SHA-384"));
}

TEST(SignedRelease, FindsKeysThatSurprise) {
  const auto own = private_key().public_half();
  const auto other = private_key("rsa-4096.pem").public_half();
  const auto carried = [&own](const std::string& text) {
    return surprising_keys(examined(support::arduino_image({.text = text})).examined, own);
  };
  EXPECT_THAT(carried(""), IsEmpty());
  EXPECT_THAT(carried(own.pem()), IsEmpty());
  EXPECT_THAT(carried(own.pem() + other.pem()), IsEmpty());
  ASSERT_THAT(carried(other.pem()), SizeIs(1));
  EXPECT_EQ(carried(other.pem()).front().fingerprint, other.fingerprint());
}

}  // namespace
}  // namespace otatool::app
