#include "image/recognise/signature.hpp"

#include <algorithm>
#include <array>

#include "image/recognise/checksums.hpp"
#include "image/recognise/little_endian.hpp"

namespace otatool::image {
namespace {

constexpr std::uint64_t kLengthSize = 4;
constexpr std::uint64_t kArduinoTrailerSize = 512;
constexpr std::uint64_t kSecureBootV1Size = 68;
constexpr std::uint64_t kBlockSize = 1216;
constexpr std::uint64_t kMostBlocks = 3;
constexpr std::uint64_t kBlockCrcOffset = 1196;
constexpr std::uint8_t kBlockMagic = 0xE7;
constexpr std::uint8_t kRsaBlock = 2;
constexpr std::uint8_t kEcdsaBlock = 3;
/// No device knows a longer signature, so a longer length word is coincidence.
constexpr std::uint64_t kLongestTrailer = 1024 + kLengthSize;
constexpr std::array<std::uint64_t, 4> kRsaSizes = {128, 256, 384, 512};

bool is_rsa_size(std::uint64_t size) {
  return std::find(kRsaSizes.begin(), kRsaSizes.end(), size) != kRsaSizes.end();
}

/// An ECDSA signature is a DER SEQUENCE that fills its field up to the padding.
bool is_der(Bytes field, std::uint64_t size) {
  return field.size() >= 2 && field[0] == 0x30 && field[1] + std::uint64_t{2} == size;
}

SignatureFacts appended(Bytes file, std::uint64_t payload_size, std::uint64_t signature_size) {
  SignatureFacts facts;
  facts.form = SignatureForm::Esp8266;
  facts.payload_size = payload_size;
  facts.signature_size = signature_size;
  facts.trailer_size = file.size() - payload_size;
  const Bytes signature = slice(file, payload_size, signature_size).value_or(Bytes{});
  if (is_der(signature, signature_size)) {
    facts.algorithm = SignatureAlgorithm::Ecdsa;
  } else {
    facts.algorithm = SignatureAlgorithm::Rsa;
    facts.key_bits = static_cast<unsigned>(signature_size * 8);
  }
  return facts;
}

/// The trailer of the ESP8266 form if it has exactly `extra` bytes.
std::optional<SignatureFacts> appended_exactly(Bytes file, std::uint64_t extra) {
  if (extra <= kLengthSize || extra > kLongestTrailer) {
    return std::nullopt;
  }
  const auto length = u32_at(file, file.size() - kLengthSize);
  const bool counts_itself = length == extra && is_rsa_size(extra - kLengthSize);
  if (length != extra - kLengthSize && !counts_itself) {
    return std::nullopt;
  }
  SignatureFacts facts = appended(file, file.size() - extra, extra - kLengthSize);
  facts.certain = true;
  facts.counts_itself = counts_itself;
  return facts;
}

std::uint64_t size_without_zeros(Bytes field) {
  std::uint64_t size = field.size();
  while (size > 0 && field[static_cast<std::size_t>(size) - 1] == 0) {
    --size;
  }
  return size;
}

SignatureFacts arduino_trailer(Bytes trailer, std::uint64_t payload_size) {
  SignatureFacts facts;
  facts.form = SignatureForm::Esp32;
  facts.payload_size = payload_size;
  facts.trailer_size = trailer.size();
  facts.certain = true;
  const std::uint64_t used = size_without_zeros(trailer);
  const std::uint64_t der_size = trailer[1] + std::uint64_t{2};
  // A DER signature may end in a zero byte, so its own length counts, not the last byte that is not
  // zero.
  if (is_der(trailer, der_size) && used <= der_size) {
    facts.algorithm = SignatureAlgorithm::Ecdsa;
    facts.signature_size = der_size;
    return facts;
  }
  // A signature ends in a zero byte once in 256 times, so a size just below a common one means
  // that.
  constexpr std::uint64_t kZeros = 3;
  facts.signature_size = used;
  if (used + kZeros < kRsaSizes.front()) {
    return facts;
  }
  facts.algorithm = SignatureAlgorithm::Rsa;
  for (const std::uint64_t size : kRsaSizes) {
    if (used <= size && used + kZeros >= size) {
      facts.signature_size = size;
    }
  }
  facts.key_bits = static_cast<unsigned>(facts.signature_size * 8);
  return facts;
}

std::optional<SecureBootBlock> secure_boot_block(Bytes block, const std::string& payload_sha256) {
  if (block[0] != kBlockMagic || (block[1] != kRsaBlock && block[1] != kEcdsaBlock)) {
    return std::nullopt;
  }
  SecureBootBlock facts;
  const bool rsa = block[1] == kRsaBlock;
  facts.algorithm = rsa ? SignatureAlgorithm::Rsa : SignatureAlgorithm::Ecdsa;
  facts.crc_matches = u32_at(block, kBlockCrcOffset) == zlib_crc(block.first(kBlockCrcOffset));
  if (rsa || block[2] == 0) {
    facts.digest_matches = to_hex(block.subspan(4, 32)) == payload_sha256;
  }
  return facts;
}

std::optional<SignatureFacts> secure_boot_v2(Bytes file,
                                             std::uint64_t image_size,
                                             Sha256Hex sha256_hex) {
  const std::uint64_t sector_at = round_up(image_size, kSectorSize);
  const auto padding = slice(file, image_size, sector_at - image_size);
  const auto sector = slice(file, sector_at, kSectorSize);
  if (!padding || !sector || file.size() != sector_at + kSectorSize ||
      (*sector)[0] != kBlockMagic ||
      !std::all_of(padding->begin(), padding->end(), [](auto byte) { return byte == 0xFF; })) {
    return std::nullopt;
  }
  SignatureFacts facts;
  facts.form = SignatureForm::SecureBootV2;
  facts.payload_size = sector_at;
  facts.trailer_size = kSectorSize;
  facts.signature_size = kBlockSize;
  facts.certain = true;
  const std::string digest = sha256_hex(file.first(static_cast<std::size_t>(sector_at)));
  for (std::uint64_t i = 0; i < kMostBlocks; ++i) {
    const auto block = secure_boot_block(*slice(*sector, i * kBlockSize, kBlockSize), digest);
    if (!block) {
      break;
    }
    facts.blocks.push_back(*block);
  }
  if (facts.blocks.empty()) {
    return std::nullopt;
  }
  facts.algorithm = facts.blocks.front().algorithm;
  facts.key_bits = facts.algorithm == SignatureAlgorithm::Rsa ? 3072 : 0;
  return facts;
}

std::optional<SignatureFacts> secure_boot_v1(Bytes file, std::uint64_t image_size) {
  if (file.size() - image_size != kSecureBootV1Size || u32_at(file, image_size) != 0U) {
    return std::nullopt;
  }
  SignatureFacts facts;
  facts.form = SignatureForm::SecureBootV1;
  facts.payload_size = image_size;
  facts.trailer_size = kSecureBootV1Size;
  facts.signature_size = kSecureBootV1Size - kLengthSize;
  facts.algorithm = SignatureAlgorithm::Ecdsa;
  facts.key_bits = 256;
  facts.certain = true;
  return facts;
}

}  // namespace

std::optional<SignatureFacts> signature_after(Bytes file,
                                              std::uint64_t image_size,
                                              Sha256Hex sha256_hex) {
  if (image_size >= file.size()) {
    return std::nullopt;
  }
  const std::uint64_t extra = file.size() - image_size;
  if (auto facts = appended_exactly(file, extra)) {
    return facts;
  }
  if (extra == kArduinoTrailerSize) {
    return arduino_trailer(file.last(kArduinoTrailerSize), image_size);
  }
  if (auto facts = secure_boot_v1(file, image_size)) {
    return facts;
  }
  return secure_boot_v2(file, image_size, sha256_hex);
}

std::optional<SignatureFacts> signature_by_last_word(Bytes file) {
  const auto length =
      file.size() < kLengthSize ? std::nullopt : u32_at(file, file.size() - kLengthSize);
  if (!length || !is_rsa_size(*length) || file.size() <= *length + kLengthSize) {
    return std::nullopt;
  }
  return appended(file, file.size() - *length - kLengthSize, *length);
}

std::optional<SignatureFacts> signature_after_package(Bytes file, std::uint64_t member_size) {
  return member_size < file.size() ? appended_exactly(file, file.size() - member_size)
                                   : std::nullopt;
}

}  // namespace otatool::image
