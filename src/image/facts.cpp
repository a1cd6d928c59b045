#include "otatool/image/facts.hpp"

namespace otatool::image {

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::Empty:
      return "empty";
    case Kind::Unknown:
      return "unknown";
    case Kind::Blank:
      return "blank";
    case Kind::Esp8266Arduino:
      return "esp8266-arduino";
    case Kind::Esp8266Loader:
      return "esp8266-loader";
    case Kind::Esp8266V1:
      return "esp8266-v1";
    case Kind::Esp8266V2:
      return "esp8266-v2";
    case Kind::Esp32App:
      return "esp32-app";
    case Kind::Esp32Bootloader:
      return "esp32-bootloader";
    case Kind::Esp32Merged:
      return "esp32-merged";
    case Kind::Esp32PartitionTable:
      return "esp32-partition-table";
    case Kind::LittleFs:
      return "littlefs";
    case Kind::Spiffs:
      return "spiffs";
    case Kind::Fat:
      return "fat";
    case Kind::Gzip:
      return "gzip";
    case Kind::Elf:
      return "elf";
    case Kind::IntelHex:
      return "intel-hex";
    case Kind::Zip:
      return "zip";
    case Kind::Text:
      return "text";
    case Kind::Uf2:
      return "uf2";
    case Kind::Tar:
      return "tar";
    case Kind::SevenZip:
      return "7z";
    case Kind::Xz:
      return "xz";
    case Kind::Mcuboot:
      return "mcuboot";
    case Kind::EncryptedImage:
      return "esp-encrypted";
    case Kind::GitLfs:
      return "git-lfs";
    case Kind::Json:
      return "json";
  }
  return "unknown";
}

std::string_view describe(Kind kind) {
  switch (kind) {
    case Kind::Empty:
      return "empty file";
    case Kind::Unknown:
      return "nothing known";
    case Kind::Blank:
      return "blank flash";
    case Kind::Esp8266Arduino:
      return "ESP8266 Arduino image (loader and sketch)";
    case Kind::Esp8266Loader:
      return "ESP8266 Arduino loader without a sketch";
    case Kind::Esp8266V1:
      return "ESP8266 image without the Arduino loader";
    case Kind::Esp8266V2:
      return "ESP8266 image of the NONOS or RTOS SDK";
    case Kind::Esp32App:
      return "ESP32 app";
    case Kind::Esp32Bootloader:
      return "ESP32 bootloader";
    case Kind::Esp32Merged:
      return "ESP32 merged image (bootloader, partition table, app)";
    case Kind::Esp32PartitionTable:
      return "ESP32 partition table";
    case Kind::LittleFs:
      return "LittleFS filesystem";
    case Kind::Spiffs:
      return "SPIFFS filesystem";
    case Kind::Fat:
      return "FAT filesystem";
    case Kind::Gzip:
      return "gzip package";
    case Kind::Elf:
      return "ELF file";
    case Kind::IntelHex:
      return "Intel HEX file";
    case Kind::Zip:
      return "zip archive";
    case Kind::Text:
      return "text";
    case Kind::Uf2:
      return "UF2 file";
    case Kind::Tar:
      return "tar archive";
    case Kind::SevenZip:
      return "7z archive";
    case Kind::Xz:
      return "xz archive";
    case Kind::Mcuboot:
      return "MCUboot image";
    case Kind::EncryptedImage:
      return "encrypted ESP image";
    case Kind::GitLfs:
      return "Git LFS pointer";
    case Kind::Json:
      return "JSON text";
  }
  return "nothing known";
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

}  // namespace otatool::image
