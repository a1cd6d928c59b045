#include "signing/trailer_shape.hpp"

#include <algorithm>
#include <bitset>

#include "otatool/signing/signed_image.hpp"
#include "otatool/wire/image_trailer.hpp"

namespace otatool::signing {
namespace {

/// The length of one positive DER INTEGER at the start of `bytes`, with its two leading bytes.
std::optional<std::size_t> integer_size(Bytes bytes) {
  constexpr std::size_t kLongest = 49;  // a number of P-384 with its zero byte
  if (bytes.size() < 3 || bytes[0] != 0x02 || bytes[1] == 0 || bytes[1] > kLongest ||
      bytes.size() < std::size_t{2} + bytes[1] || (bytes[2] & 0x80U) != 0) {
    return std::nullopt;
  }
  return std::size_t{2} + bytes[1];
}

/// The length of the signature in the 512-byte block of ESP32.
std::optional<std::size_t> esp32_signature_size(Bytes block) {
  if (const auto size = ecdsa_der_size(block); size && all_zero(block.subspan(*size))) {
    return size;
  }
  constexpr std::size_t kLastBytes = 8;
  for (const std::size_t size : {std::size_t{128}, std::size_t{256}, std::size_t{384}}) {
    // The last bytes distinguish a short ECDSA signature that is damaged.
    if (all_zero(block.subspan(size)) && !all_zero(block.first(size).last(kLastBytes)) &&
        looks_random(block.first(size))) {
      return size;
    }
  }
  return std::nullopt;
}

std::optional<FoundSignature> find_esp8266(Bytes file) {
  const auto length = trailer_length(file);
  if (!length || *length < wire::kMinSignatureSize || *length > wire::kMaxSignatureSize ||
      file.size() < *length + wire::kTrailerLengthSize) {
    return std::nullopt;
  }
  if (!looks_random(file.last(*length + wire::kTrailerLengthSize).first(*length))) {
    return std::nullopt;
  }
  return FoundSignature{.form = SignatureForm::Esp8266,
                        .payload_size = file.size() - *length - wire::kTrailerLengthSize,
                        .signature_size = *length};
}

std::optional<FoundSignature> find_esp32(Bytes file) {
  if (file.size() < wire::kEsp32TrailerSize) {
    return std::nullopt;
  }
  const Bytes block = file.last(wire::kEsp32TrailerSize);
  const auto size = esp32_signature_size(block);
  if (!size) {
    return std::nullopt;
  }
  return FoundSignature{.form = SignatureForm::Esp32,
                        .payload_size = file.size() - wire::kEsp32TrailerSize,
                        .signature_size = *size,
                        .ecdsa = ecdsa_der_size(block) == size};
}

}  // namespace

bool all_zero(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

bool looks_random(Bytes bytes) {
  std::bitset<256> seen;
  double missing = 256;
  for (const std::uint8_t byte : bytes) {
    seen.set(byte);
    missing *= 255.0 / 256.0;
  }
  // 128 random bytes have 101 different values on average, with a deviation of 4. This accepts six
  // deviations.
  const double expected = 256 - missing;
  return static_cast<double>(seen.count()) > 0.75 * expected;
}

std::optional<std::uint32_t> trailer_length(Bytes file) {
  if (file.size() < wire::kTrailerLengthSize) {
    return std::nullopt;
  }
  return wire::read_trailer_length(file.last(wire::kTrailerLengthSize).data());
}

std::optional<std::size_t> ecdsa_der_size(Bytes bytes) {
  if (bytes.size() < 2 || bytes[0] != 0x30 || bytes[1] > 0x7F ||
      bytes.size() < std::size_t{2} + bytes[1]) {
    return std::nullopt;
  }
  const Bytes numbers = bytes.subspan(2, bytes[1]);
  const auto first = integer_size(numbers);
  const auto second = first ? integer_size(numbers.subspan(*first)) : std::nullopt;
  if (!second || *first + *second != numbers.size()) {
    return std::nullopt;
  }
  return std::size_t{2} + numbers.size();
}

std::optional<FoundSignature> find_signature(Bytes file, std::optional<std::size_t> payload_size) {
  auto found = find_esp8266(file);
  if (!found) {
    found = find_esp32(file);
  }
  if (!payload_size || (found && found->payload_size == *payload_size)) {
    return found;
  }
  if (file.size() < *payload_size || file.size() - *payload_size != wire::kEsp32TrailerSize) {
    return std::nullopt;
  }
  return FoundSignature{.form = SignatureForm::Esp32,
                        .payload_size = *payload_size,
                        .signature_size = wire::kEsp32TrailerSize};
}

}  // namespace otatool::signing
