#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/image/read_image.hpp"

namespace otatool::image {
namespace {

using support::Blob;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Signature, ReadsUncommonRsaSizesOfTheEsp32) {
  for (const std::size_t size : {129U, 192U, 255U, 256U}) {
    Blob signature = support::noise(size, 3);
    signature.back() = 1;
    const ImageFacts facts =
        read_image(support::with_esp32_trailer(support::esp32_image(), signature));
    ASSERT_TRUE(facts.signature) << size;
    EXPECT_EQ(facts.signature->key_bits, size == 255 ? 2048U : size * 8);
  }
}

TEST(Signature, SeesTheTrailerOfEveryKeySize) {
  const Blob payload = support::arduino_image();
  for (const unsigned bits : {1024U, 2048U, 3072U, 4096U}) {
    const Blob image = support::with_trailer(payload, bits / 8);
    const ImageFacts facts = read_image(image);
    ASSERT_TRUE(facts.signature) << bits;
    EXPECT_EQ(facts.signature->form, SignatureForm::Esp8266);
    EXPECT_EQ(facts.signature->payload_size, payload.size());
    EXPECT_EQ(facts.signature->signature_size, bits / 8);
    EXPECT_EQ(facts.signature->trailer_size, bits / 8 + 4);
    EXPECT_EQ(facts.signature->key_bits, bits);
    EXPECT_TRUE(facts.signature->certain);
    EXPECT_FALSE(facts.signature->counts_itself);
    EXPECT_EQ(facts.payload_size(), payload.size());
    EXPECT_EQ(facts.trailing_bytes, 0U);
    EXPECT_THAT(errors_of(image), IsEmpty());
  }
}

TEST(Signature, WarnsOfWeakKeys) {
  const Blob weak = support::with_trailer(support::arduino_image(), 128);
  const Blob strong = support::with_trailer(support::arduino_image(), 256);
  EXPECT_TRUE(has_code(problems(examine_image(weak)), "signature-weak"));
  EXPECT_FALSE(has_code(problems(examine_image(strong)), "signature-weak"));
}

TEST(Signature, NamesALengthThatCountsItself) {
  const Blob image = support::with_trailer_word(support::arduino_image(), 256, 260);
  const ImageFacts facts = read_image(image);
  ASSERT_TRUE(facts.signature);
  EXPECT_TRUE(facts.signature->counts_itself);
  EXPECT_EQ(facts.signature->signature_size, 256U);
  EXPECT_THAT(errors_of(image), ElementsAre("signature-length"));
}

TEST(Signature, RefusesEcdsaForTheEsp8266) {
  Blob signature = support::noise(71, 3);
  signature[0] = 0x30;
  signature[1] = 69;
  Blob image = support::arduino_image();
  support::append(image, signature);
  support::append_u32(image, 71);
  EXPECT_EQ(read_image(image).signature->algorithm, SignatureAlgorithm::Ecdsa);
  EXPECT_THAT(errors_of(image), ElementsAre("signature-ecdsa"));
}

TEST(Signature, RefusesSignaturesThatAreTooLong) {
  EXPECT_THAT(errors_of(support::with_trailer(support::arduino_image(), 1024)),
              ElementsAre("signature-too-long"));
}

TEST(Signature, DoesNotTakeOtherBytesForASignature) {
  for (const std::uint32_t word : {0U, 252U, 255U, 257U, 0xFFFFFFFFU}) {
    const ImageFacts facts =
        read_image(support::with_trailer_word(support::arduino_image(), 256, word));
    EXPECT_FALSE(facts.signature) << word;
    EXPECT_EQ(facts.trailing_bytes, 260U) << word;
  }
  EXPECT_FALSE(read_image(support::with_trailer(support::arduino_image(), 0)).signature);
}

TEST(Signature, GuessesBehindUnknownPayloads) {
  const ImageFacts facts = read_image(support::with_trailer(support::noise(320, 5), 256));
  EXPECT_EQ(facts.kind, Kind::Unknown);
  ASSERT_TRUE(facts.signature);
  EXPECT_FALSE(facts.signature->certain);
  EXPECT_EQ(facts.signature->payload_size, 320U);
  EXPECT_FALSE(read_image(support::with_trailer(support::noise(321, 5), 256)).signature);
  EXPECT_FALSE(read_image(support::with_trailer({}, 256)).signature);
}

TEST(Signature, SeesTheTrailerOfArduinoEsp32) {
  const Blob payload = support::esp32_image();
  for (const std::size_t size : {256U, 384U, 512U}) {
    Blob signature = support::noise(size, 6);
    signature[0] = 0x11;
    signature.back() = 0x77;
    const Blob image = support::with_esp32_trailer(payload, signature);
    const ImageFacts facts = read_image(image);
    ASSERT_TRUE(facts.signature);
    EXPECT_EQ(facts.signature->form, SignatureForm::Esp32);
    EXPECT_EQ(facts.signature->payload_size, payload.size());
    EXPECT_EQ(facts.signature->algorithm, SignatureAlgorithm::Rsa);
    EXPECT_EQ(facts.signature->key_bits, size * 8);
    EXPECT_THAT(errors_of(image), IsEmpty());
  }
}

TEST(Signature, ReadsEcdsaInAnArduinoEsp32TrailerThatEndsInZero) {
  Blob signature = support::noise(70, 6);
  signature[0] = 0x30;
  signature[1] = 68;
  signature[69] = 0;
  const ImageFacts facts =
      read_image(support::with_esp32_trailer(support::esp32_image(), signature));
  ASSERT_TRUE(facts.signature);
  EXPECT_EQ(facts.signature->algorithm, SignatureAlgorithm::Ecdsa);
  EXPECT_EQ(facts.signature->signature_size, 70U);
}

TEST(Signature, SeesSecureBootSectors) {
  for (const std::uint8_t version : {std::uint8_t{2}, std::uint8_t{3}}) {
    const Blob image = support::with_secure_boot_v2(support::esp32_image(), version, 2);
    const ImageFacts facts = read_image(image);
    ASSERT_TRUE(facts.signature);
    EXPECT_EQ(facts.signature->form, SignatureForm::SecureBootV2);
    EXPECT_EQ(facts.signature->payload_size % 4096, 0U);
    ASSERT_EQ(facts.signature->blocks.size(), 2U);
    EXPECT_TRUE(facts.signature->blocks[0].crc_matches);
    EXPECT_EQ(facts.signature->blocks[1].digest_matches, true);
    EXPECT_THAT(errors_of(image), IsEmpty());
  }
}

TEST(Signature, NoticesBrokenSecureBootBlocks) {
  Blob crc = support::with_secure_boot_v2(support::esp32_image(), 2, 1);
  crc[crc.size() - 4096 + 900] ^= 1;
  EXPECT_THAT(errors_of(crc), ElementsAre("signature-block-crc"));
  Blob digest = support::with_secure_boot_v2(support::esp32_image(), 2, 1);
  digest[digest.size() - 4096 + 4] ^= 1;
  EXPECT_THAT(errors_of(digest), Contains("signature-digest"));
  const Blob foreign_version = support::with_secure_boot_v2(support::esp32_image(), 4, 1);
  EXPECT_FALSE(read_image(foreign_version).signature);
}

TEST(Signature, SeesSecureBootV1) {
  const Blob payload = support::esp32_image();
  const ImageFacts facts = read_image(support::with_secure_boot_v1(payload));
  ASSERT_TRUE(facts.signature);
  EXPECT_EQ(facts.signature->form, SignatureForm::SecureBootV1);
  EXPECT_EQ(facts.signature->payload_size, payload.size());
}

TEST(Signature, NamesFormsThatDoNotFitTheChip) {
  EXPECT_THAT(errors_of(support::with_trailer(support::esp32_image(), 256)),
              ElementsAre("signature-form"));
  EXPECT_THAT(
      errors_of(support::with_esp32_trailer(support::arduino_image(), support::noise(256, 1))),
      ElementsAre("signature-form"));
}

}  // namespace
}  // namespace otatool::image
