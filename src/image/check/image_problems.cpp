#include "image/check/image_problems.hpp"

#include "otatool/image/layout.hpp"

namespace otatool::image {
namespace {

Problem fault_problem(Fault fault, const Part& part, std::uint64_t file_size) {
  const std::string name(to_string(part.role));
  switch (fault) {
    case Fault::Truncated:
      return {Level::Error,
              "truncated",
              "the file ends after " + std::to_string(file_size) + " bytes, before the " + name +
                  " does"};
    case Fault::NoSegments:
      return {Level::Error, "no-segments", "the " + name + " has no segments"};
    case Fault::TooManySegments:
      return {Level::Error,
              "too-many-segments",
              "the " + name + " has more than 16 segments, the limit of the boot rom"};
    case Fault::SegmentsOverlap:
      return {Level::Error, "segments-overlap", "segments of the " + name + " overlap in memory"};
    case Fault::AddressOverflow:
      return {Level::Error,
              "address-overflow",
              "a segment of the " + name + " runs past the end of the address space"};
    case Fault::SecondHeader:
      return {Level::Error, "second-header", "the second part does not begin with E9"};
  }
  return {Level::Error, "damaged", "the " + name + " is damaged"};
}

}  // namespace

std::string hex(std::uint32_t value, unsigned digits) {
  std::string text(digits, '0');
  for (unsigned i = digits; i-- > 0; value >>= 4U) {
    text[i] = "0123456789abcdef"[value & 0xFU];
  }
  return text;
}

std::vector<Problem> damage(const ImageFacts& facts) {
  std::vector<Problem> found;
  for (const Part& part : facts.parts) {
    for (const Fault fault : part.faults) {
      found.push_back(fault_problem(fault, part, facts.file_size));
    }
    if (part.checksum && !part.checksum->matches()) {
      found.push_back({Level::Error,
                       "checksum",
                       "checksum of the " + std::string(to_string(part.role)) + " is " +
                           hex(part.checksum->stored, 2) + ", its bytes give " +
                           hex(part.checksum->computed, 2)});
    }
  }
  if (facts.crc && !facts.crc->value.matches()) {
    found.push_back({Level::Error,
                     "crc",
                     "the embedded crc is " + hex(facts.crc->value.stored, 8) +
                         ", the bytes give " + hex(facts.crc->value.computed, 8)});
  }
  if (facts.sha256 && !facts.sha256->matches()) {
    found.push_back({Level::Error, "sha256", "the appended hash does not match the image"});
  }
  return found;
}

std::string oversize(const Examined& examined) {
  const ImageFacts& payload = examined.payload();
  if (payload.kind != Kind::Esp8266Arduino || payload.payload_size() <= largest_sketch_area()) {
    return "";
  }
  return std::string(examined.content ? "the package unpacks to " : "the image has ") +
         std::to_string(payload.payload_size()) + " bytes, which fit no flash layout: at most " +
         std::to_string(largest_sketch_area()) + " bytes are below a filesystem";
}

std::string unfit_kind(const ImageFacts& facts) {
  switch (facts.kind) {
    case Kind::Empty:
      return "the file is empty";
    case Kind::Unknown:
      return "this is not an image of a known kind";
    case Kind::Blank:
      return "the file contains only blank flash";
    case Kind::Esp8266Loader:
      return "this is the loader alone, without a sketch";
    case Kind::Esp8266V1:
      return "the image does not begin with the Arduino loader: in flash it would "
             "replace the loader";
    case Kind::Esp8266V2:
      return "this is an update image of the NONOS or RTOS SDK, not an Arduino one: the updater "
             "refuses its first byte EA (error 10)";
    case Kind::Esp32Bootloader:
      return "this is a bootloader, not an app";
    case Kind::Esp32Merged:
      return facts.merged_app_offset
                 ? "this is a whole flash image for programming by cable; the app that can be "
                   "uploaded is inside, at offset 0x" +
                       hex(static_cast<std::uint32_t>(*facts.merged_app_offset), 6)
                 : std::string("this is a whole flash image for programming by cable");
    case Kind::Esp32PartitionTable:
      return "this is a partition table, not an app";
    case Kind::Elf:
      return "this is the ELF file of the linker; devices need the .bin file made from it";
    case Kind::IntelHex:
      return "this is an Intel HEX file; devices need a .bin file";
    case Kind::Zip:
      return "this is a zip archive; the image may be inside";
    case Kind::Text:
      return facts.web_page ? "this is a web page: the download of the image probably failed"
                            : "this is text";
    case Kind::Uf2:
      return "this is a UF2 file for USB drives of other chips";
    case Kind::Tar:
      return "this is a tar archive; the image may be inside";
    case Kind::SevenZip:
      return "this is a 7z archive; the image may be inside";
    case Kind::Xz:
      return "this is an xz archive; the image may be inside";
    case Kind::Mcuboot:
      return "this is an image for MCUboot, which Arduino devices do not have";
    case Kind::EncryptedImage:
      return "this is an image of esp_encrypted_img; only a sketch with its key can install it";
    case Kind::GitLfs:
      return "this is a pointer of Git LFS, not the image: fetch it with git lfs pull";
    case Kind::Json:
      return "this is JSON: the download of the image probably failed";
    case Kind::Esp8266Arduino:
    case Kind::Esp32App:
    case Kind::LittleFs:
    case Kind::Spiffs:
    case Kind::Fat:
    case Kind::Gzip:
      return "";
  }
  return "";
}

}  // namespace otatool::image
