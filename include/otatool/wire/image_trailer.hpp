// The trailer that signing appends to a firmware image, for the signer and for the device.
// Freestanding C++17, no heap, no cryptography. Spec: signing-gzip-images.md 1.1, 1.2, 4.1.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace otatool::wire {

// ESP8266: payload | signature, big-endian, as long as the modulus | uint32 LE signature length.
// The length is that of the signature only: 256 for RSA-2048, while the file grows by 260.

/// Size of the length field after the signature.
constexpr size_t kTrailerLengthSize = 4;
/// RSA keys of 1024 to 4096 bits, the limit of the device's key buffer (BR_MAX_RSA_SIZE).
constexpr uint32_t kMinSignatureSize = 128;
constexpr uint32_t kMaxSignatureSize = 512;

/// ESP32 (Arduino): payload | signature, padded with zeros to this size.
constexpr size_t kEsp32TrailerSize = 512;

// An addition of this project: the payload of a signed filesystem may end in its version, which the
// signature covers: magic and version, two little-endian words (signing-gzip-images.md 1.10).

constexpr uint32_t kFilesystemVersionMagic = 0x5646544F;  // "OTFV"
constexpr size_t kFilesystemVersionSize = 8;

constexpr size_t kSha256Size = 32;

/// The prefix of a SHA-256 hash in PKCS#1 v1.5: DigestInfo with NULL parameters.
constexpr uint8_t kSha256DigestInfo[] = {0x30,
                                         0x31,
                                         0x30,
                                         0x0d,
                                         0x06,
                                         0x09,
                                         0x60,
                                         0x86,
                                         0x48,
                                         0x01,
                                         0x65,
                                         0x03,
                                         0x04,
                                         0x02,
                                         0x01,
                                         0x05,
                                         0x00,
                                         0x04,
                                         0x20};
/// The same without parameters: some signers omit the NULL; devices accept both.
constexpr uint8_t kSha256DigestInfoWithoutNull[] = {0x30,
                                                    0x2f,
                                                    0x30,
                                                    0x0b,
                                                    0x06,
                                                    0x09,
                                                    0x60,
                                                    0x86,
                                                    0x48,
                                                    0x01,
                                                    0x65,
                                                    0x03,
                                                    0x04,
                                                    0x02,
                                                    0x01,
                                                    0x04,
                                                    0x20};

/// Reads the length field: the last four bytes of a signed file.
inline uint32_t read_trailer_length(const uint8_t* last_four) {
  return static_cast<uint32_t>(last_four[0]) | (static_cast<uint32_t>(last_four[1]) << 8) |
         (static_cast<uint32_t>(last_four[2]) << 16) | (static_cast<uint32_t>(last_four[3]) << 24);
}

/// Writes the length field, four bytes.
inline void write_trailer_length(uint32_t signature_size, uint8_t* out) {
  out[0] = static_cast<uint8_t>(signature_size);
  out[1] = static_cast<uint8_t>(signature_size >> 8);
  out[2] = static_cast<uint8_t>(signature_size >> 16);
  out[3] = static_cast<uint8_t>(signature_size >> 24);
}

/// Writes the version of a filesystem, kFilesystemVersionSize bytes.
inline void write_filesystem_version(uint32_t version, uint8_t* out) {
  write_trailer_length(kFilesystemVersionMagic, out);
  write_trailer_length(version, out + 4);
}

/// Computes the payload size of a signed file of `file_size` bytes, for a key with signatures of
/// `signature_size` bytes. False if the length field has another size, or if the file is shorter
/// than signature and length field (Updater::end, signing-gzip-images.md 1.5).
inline bool split_signed_file(uint32_t file_size,
                              const uint8_t* last_four,
                              uint32_t signature_size,
                              uint32_t& payload_size) {
  if (signature_size > kMaxSignatureSize || file_size < signature_size + kTrailerLengthSize ||
      read_trailer_length(last_four) != signature_size) {
    return false;
  }
  payload_size = file_size - signature_size - static_cast<uint32_t>(kTrailerLengthSize);
  return true;
}

}  // namespace otatool::wire
