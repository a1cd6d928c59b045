// The facts about one file, read from its bytes. Values only: recognise.hpp reads them,
// problems.hpp evaluates them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/image/chip.hpp"
#include "otatool/signature_form.hpp"

namespace otatool::image {

enum class Kind {
  Empty,
  Unknown,
  Blank,           ///< only FF bytes or only 00 bytes
  Esp8266Arduino,  ///< loader at 0, sketch at 0x1000 (Arduino tools) or 0x2000 (elf2image)
  Esp8266Loader,   ///< the loader alone
  Esp8266V1,       ///< an image without the loader
  Esp8266V2,       ///< NONOS or RTOS SDK, magic EA
  Esp32App,
  Esp32Bootloader,
  Esp32Merged,  ///< bootloader, partition table and usually an app: a whole flash
  Esp32PartitionTable,
  LittleFs,
  Spiffs,
  Fat,  ///< FAT of the ESP32, with or without wear levelling
  Gzip,
  Delta,  ///< a difference update (delta.md)
  Elf,
  IntelHex,
  Zip,
  Text,
  Uf2,
  Tar,
  SevenZip,
  Xz,
  Mcuboot,
  EncryptedImage,
  GitLfs,
  Json,
  Html,
  Rp2040,       ///< an image of the RP2040, which has no further checks
  RandomBytes,  ///< each byte value is about equally frequent: encrypted or compressed data
};

/// The stable name of a kind in JSON: `esp8266-arduino`, `littlefs` ...
[[nodiscard]] std::string_view to_string(Kind kind);
/// A short description for the user: `ESP8266 Arduino image (loader and sketch)`.
[[nodiscard]] std::string_view describe(Kind kind);

[[nodiscard]] constexpr bool is_filesystem(Kind kind) {
  return kind == Kind::LittleFs || kind == Kind::Spiffs || kind == Kind::Fat;
}
/// Firmware that a device can start from an update slot: an Arduino combination or an ESP32 app.
[[nodiscard]] constexpr bool is_uploadable_firmware(Kind kind) {
  return kind == Kind::Esp8266Arduino || kind == Kind::Esp32App;
}

enum class PartRole { Loader, App, Bootloader, Irom };
[[nodiscard]] std::string_view to_string(PartRole role);

struct Segment {
  std::uint64_t offset = 0;  ///< of its data in the file
  std::uint32_t address = 0;
  std::uint32_t size = 0;
  Memory memory = Memory::Unknown;
};

/// A defect that keeps an image from starting on any device.
enum class Fault {
  Truncated,        ///< the file ends before the image does
  NoSegments,       ///< the header says 0
  TooManySegments,  ///< the header says more than 16, the limit of the boot ROM
  SegmentsOverlap,  ///< two segments go to the same addresses
  AddressOverflow,  ///< a segment runs past the end of the address space
  SecondHeader,     ///< the image that should follow the first part does not begin with E9
};

template <typename T>
struct Stored {
  T stored{};
  T computed{};
  [[nodiscard]] bool matches() const { return stored == computed; }
};

/// One image with a header of its own; an Arduino combination has two of them.
struct Part {
  PartRole role = PartRole::App;
  std::uint64_t offset = 0;  ///< of its header in the file
  std::uint64_t size = 0;    ///< up to and including checksum and appended hash; 0 if incomplete
  std::uint32_t entry = 0;
  FlashSettings flash;
  std::vector<Segment> segments;  ///< those whose header lies inside the file, 16 at most
  std::optional<Stored<std::uint8_t>> checksum;  ///< XOR of all segment data with seed EF
  std::optional<Stored<std::string>> sha256;     ///< appended to the part; lower-case hex
  std::vector<Fault> faults;
};

/// The CRC that covers a whole file.
struct FileCrc {
  std::uint64_t offset = 0;        ///< of the CRC word in the file
  std::uint64_t covered_size = 0;  ///< bytes from the start of the file
  Stored<std::uint32_t> value;
};

/// The extended header of the ESP32 family (3.4).
struct Esp32Header {
  std::uint16_t chip_id = 0;
  std::uint16_t min_revision = 0;  ///< major * 100 + minor
  std::uint16_t max_revision = 0;  ///< likewise; 0 and FFFF mean any
  bool hash_appended = false;
};

/// `esp_app_desc_t`. Texts are cut at their NUL; bytes that are not printable ASCII became `?`.
struct AppDescriptor {
  std::uint32_t secure_version = 0;
  std::string version;
  std::string project;
  std::string time;
  std::string date;
  std::string idf_version;
  std::string elf_sha256;  ///< 64 lower-case hex digits
};

struct Partition {
  std::uint8_t type = 0;
  std::uint8_t subtype = 0;
  std::uint32_t offset = 0;  ///< in flash
  std::uint32_t size = 0;
  std::string label;  ///< as the texts of AppDescriptor
};

/// The MD5 that gen_esp32part.py writes after the entries of a partition table.
struct TableDigest {
  std::uint64_t offset = 0;                    ///< of the table in the file
  std::uint64_t size = 0;                      ///< bytes of the entries, which the MD5 covers
  std::string stored;                          ///< lower-case hex
  std::optional<bool> matches = std::nullopt;  ///< nothing if it was not computed
};

struct FilesystemFacts {
  std::uint32_t version = 0;  ///< LittleFS: major in the high half; 0 for SPIFFS
  std::uint32_t block_size = 0;
  std::uint32_t block_count = 0;
};

enum class SignatureAlgorithm { Unknown, Rsa, Ecdsa };
[[nodiscard]] std::string_view to_string(SignatureAlgorithm algorithm);

struct SecureBootBlock {
  SignatureAlgorithm algorithm = SignatureAlgorithm::Unknown;
  bool crc_matches = false;
  std::optional<bool> digest_matches;  ///< nothing if it was not computed
  /// Of the digest, with the key in the block; nothing if it was not verified.
  std::optional<bool> signature_matches = std::nullopt;
  std::string key_name = {};         ///< `RSA-3072`, `EC P-256`, ...
  std::string key_fingerprint = {};  ///< SHA-256 of the SubjectPublicKeyInfo in lower-case hex
};

/// The place of the signature. Verifying it needs a key: see signing/signed_image.hpp.
struct SignatureFacts {
  SignatureForm form = SignatureForm::Esp8266;
  std::uint64_t payload_size = 0;    ///< bytes that the signature covers
  std::uint64_t signature_size = 0;  ///< bytes of the signature itself, without length or padding
  std::uint64_t trailer_size = 0;    ///< bytes from the end of the payload to the end of the file
  SignatureAlgorithm algorithm = SignatureAlgorithm::Unknown;
  /// Eight times the length of an RSA signature, the upper limit of the key's bits; 0 if the
  /// trailer does not show it. Exact for Secure Boot.
  unsigned key_bits = 0;
  /// False if the last word is the only evidence, because the end of the payload is unknown.
  bool certain = false;
  /// The length word counts its own four bytes, as old documentation describes it (1.3).
  bool counts_itself = false;
  std::vector<SecureBootBlock> blocks;
};

/// A PEM key in the clear inside an image.
struct EmbeddedKey {
  std::uint64_t offset = 0;
  std::string label;  ///< `PUBLIC KEY`, `RSA PUBLIC KEY`, `PRIVATE KEY` ...
  bool is_private = false;
  std::string pem;  ///< the whole block of a public key; empty for a private one
};

struct ImageFacts {
  Kind kind = Kind::Unknown;
  Chip chip = Chip::None;
  std::uint64_t file_size = 0;
  std::uint64_t image_size = 0;  ///< the end of the image by its own header; 0 if unknown
  std::vector<Part> parts;
  std::optional<FileCrc> crc;
  std::optional<Esp32Header> esp32;  ///< of the app of a merged image, if it was found
  std::optional<AppDescriptor> app;
  std::vector<Partition> partitions;  ///< of a merged image or a partition table
  std::optional<TableDigest> partition_md5;
  std::optional<std::uint64_t> merged_app_offset;  ///< in the file
  std::optional<FilesystemFacts> filesystem;
  std::optional<SignatureFacts> signature;
  std::uint64_t trailing_bytes = 0;  ///< after the image, and not part of a signature
  std::vector<EmbeddedKey> keys;

  /// The part that will run: the app, otherwise the first part; nullptr without parts.
  [[nodiscard]] const Part* main_part() const;
  /// The SHA-256 that is appended to the main part; nullptr if there is none.
  [[nodiscard]] const Stored<std::string>* sha256() const;
  /// Bytes of the file without its signature.
  [[nodiscard]] std::uint64_t payload_size() const {
    return signature ? signature->payload_size : file_size;
  }
};

}  // namespace otatool::image
