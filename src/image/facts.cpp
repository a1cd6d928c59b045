#include "otatool/image/facts.hpp"

#include <algorithm>
#include <array>

namespace otatool::image {

namespace {

struct KindText {
  Kind kind;
  std::string_view name;
  std::string_view description;
};

constexpr std::array kKindTexts = {
    KindText{Kind::Empty, "empty", "empty file"},
    KindText{Kind::Unknown, "unknown", "nothing known"},
    KindText{Kind::Blank, "blank", "blank flash"},
    KindText{Kind::Esp8266Arduino, "esp8266-arduino", "ESP8266 Arduino image (loader and sketch)"},
    KindText{Kind::Esp8266Loader, "esp8266-loader", "ESP8266 Arduino loader without a sketch"},
    KindText{Kind::Esp8266V1, "esp8266-v1", "ESP8266 image without the Arduino loader"},
    KindText{Kind::Esp8266V2, "esp8266-v2", "ESP8266 image of the NONOS or RTOS SDK"},
    KindText{Kind::Esp32App, "esp32-app", "ESP32 app"},
    KindText{Kind::Esp32Bootloader, "esp32-bootloader", "ESP32 bootloader"},
    KindText{
        Kind::Esp32Merged, "esp32-merged", "ESP32 merged image (bootloader, partition table, app)"},
    KindText{Kind::Esp32PartitionTable, "esp32-partition-table", "ESP32 partition table"},
    KindText{Kind::LittleFs, "littlefs", "LittleFS filesystem"},
    KindText{Kind::Spiffs, "spiffs", "SPIFFS filesystem"},
    KindText{Kind::Fat, "fat", "FAT filesystem"},
    KindText{Kind::Gzip, "gzip", "gzip package"},
    KindText{Kind::Delta, "delta", "difference update"},
    KindText{Kind::Elf, "elf", "ELF file"},
    KindText{Kind::IntelHex, "intel-hex", "Intel HEX file"},
    KindText{Kind::Zip, "zip", "zip archive"},
    KindText{Kind::Text, "text", "text"},
    KindText{Kind::Uf2, "uf2", "UF2 file"},
    KindText{Kind::Tar, "tar", "tar archive"},
    KindText{Kind::SevenZip, "7z", "7z archive"},
    KindText{Kind::Xz, "xz", "xz archive"},
    KindText{Kind::Mcuboot, "mcuboot", "MCUboot image"},
    KindText{Kind::EncryptedImage, "esp-encrypted", "encrypted ESP image"},
    KindText{Kind::GitLfs, "git-lfs", "Git LFS pointer"},
    KindText{Kind::Json, "json", "JSON text"},
    KindText{Kind::Html, "html", "web page"},
    KindText{Kind::Rp2040, "rp2040", "RP2040 image"},
    KindText{Kind::RandomBytes, "random", "random bytes (encrypted or compressed data)"},
};

const KindText& text_of(Kind kind) {
  const auto* const found = std::ranges::find(kKindTexts, kind, &KindText::kind);
  return found == kKindTexts.end() ? kKindTexts.front() : *found;
}

}  // namespace

std::string_view to_string(Kind kind) {
  return text_of(kind).name;
}

std::string_view describe(Kind kind) {
  return text_of(kind).description;
}

std::string_view to_string(PartRole role) {
  switch (role) {
    case PartRole::Loader:
      return "loader";
    case PartRole::App:
      return "app";
    case PartRole::Bootloader:
      return "bootloader";
    case PartRole::Irom:
      return "irom";
  }
  return "app";
}

std::string_view to_string(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::Unknown:
      return "unknown";
    case SignatureAlgorithm::Rsa:
      return "rsa";
    case SignatureAlgorithm::Ecdsa:
      return "ecdsa";
  }
  return "unknown";
}

const Part* ImageFacts::main_part() const {
  for (const Part& part : parts) {
    if (part.role == PartRole::App) {
      return &part;
    }
  }
  return parts.empty() ? nullptr : &parts.front();
}

const Stored<std::string>* ImageFacts::sha256() const {
  const Part* const part = main_part();
  return part != nullptr && part->sha256 ? &*part->sha256 : nullptr;
}

}  // namespace otatool::image
