#include "image/check/image_problems.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "otatool/image/layout.hpp"

namespace otatool::image {
namespace {

/// Why a device cannot start a file of this kind.
struct UnfitKind {
  Kind kind;
  std::string_view text;
};
constexpr std::array kUnfitKinds = {
    UnfitKind{Kind::Empty, "the file is empty"},
    UnfitKind{Kind::Unknown, "this is not an image of a known kind"},
    UnfitKind{Kind::Blank, "the file contains only blank flash"},
    UnfitKind{Kind::Esp8266Loader, "this is the loader alone, without a sketch"},
    UnfitKind{Kind::Esp8266V1,
              "the image does not begin with the Arduino loader: in flash it would "
              "replace the loader"},
    UnfitKind{Kind::Esp8266V2,
              "this is an update image of the NONOS or RTOS SDK, not an Arduino one: the updater "
              "refuses its first byte EA (error 10)"},
    UnfitKind{Kind::Esp32Bootloader, "this is a bootloader, not an app"},
    UnfitKind{Kind::Esp32PartitionTable, "this is a partition table, not an app"},
    UnfitKind{Kind::Elf,
              "this is the ELF file of the linker; devices need the .bin file made from it"},
    UnfitKind{Kind::IntelHex, "this is an Intel HEX file; devices need a .bin file"},
    UnfitKind{Kind::Zip, "this is a zip archive; the image may be inside"},
    UnfitKind{Kind::Text, "this is text"},
    UnfitKind{Kind::Html, "this is a web page: the download of the image probably failed"},
    UnfitKind{Kind::RandomBytes,
              "this is not an image of a known kind; its bytes look random, like those of an image "
              "that was encrypted for the flash, which only a cable can write"},
    UnfitKind{Kind::Delta, "this is a difference update; upload the image itself, with --base"},
    UnfitKind{Kind::Uf2, "this is a UF2 file for USB drives of other chips"},
    UnfitKind{Kind::Tar, "this is a tar archive; the image may be inside"},
    UnfitKind{Kind::SevenZip, "this is a 7z archive; the image may be inside"},
    UnfitKind{Kind::Xz, "this is an xz archive; the image may be inside"},
    UnfitKind{Kind::Mcuboot, "this is an image for MCUboot, which Arduino devices do not have"},
    UnfitKind{Kind::EncryptedImage,
              "this is an image of esp_encrypted_img; only a sketch with its key can install it"},
    UnfitKind{Kind::GitLfs,
              "this is a pointer of Git LFS, not the image: fetch it with git lfs pull"},
    UnfitKind{Kind::Json, "this is JSON: the download of the image probably failed"},
};

Problem fault_problem(Fault fault, const std::string& name, std::uint64_t file_size) {
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

/// `app`, or in a merged image `app at 0x010000`.
std::string name_of(const Part& part, const ImageFacts& facts) {
  std::string name(to_string(part.role));
  if (facts.kind == Kind::Esp32Merged) {
    name += " at 0x" + hex(static_cast<std::uint32_t>(part.offset), 6);
  }
  return name;
}

void add_part_damage(const Part& part, const ImageFacts& facts, std::vector<Problem>& found) {
  const std::string name = name_of(part, facts);
  for (const Fault fault : part.faults) {
    found.push_back(fault_problem(fault, name, facts.file_size));
  }
  if (part.checksum && !part.checksum->matches()) {
    found.push_back({Level::Error,
                     "checksum",
                     "checksum of the " + name + " is " + hex(part.checksum->stored, 2) +
                         ", its bytes give " + hex(part.checksum->computed, 2)});
  }
  if (part.sha256 && !part.sha256->matches()) {
    found.push_back(
        {Level::Error, "sha256", "the hash appended to the " + name + " does not match its bytes"});
  }
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
    add_part_damage(part, facts, found);
  }
  if (facts.crc && !facts.crc->value.matches()) {
    found.push_back({Level::Error,
                     "crc",
                     "the embedded crc is " + hex(facts.crc->value.stored, 8) +
                         ", the bytes give " + hex(facts.crc->value.computed, 8)});
  }
  if (facts.partition_md5 && facts.partition_md5->matches == false) {
    found.push_back({Level::Error,
                     "partition-md5",
                     "the md5 of the partition table does not match its entries: the bootloader "
                     "refuses the table"});
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
  if (facts.kind == Kind::Esp32Merged) {
    return facts.merged_app_offset
               ? "this is a whole flash image for programming by cable; the app that can be "
                 "uploaded is inside, at offset 0x" +
                     hex(static_cast<std::uint32_t>(*facts.merged_app_offset), 6)
               : std::string("this is a whole flash image for programming by cable");
  }
  const auto* const found = std::ranges::find(kUnfitKinds, facts.kind, &UnfitKind::kind);
  return found == kUnfitKinds.end() ? "" : std::string(found->text);
}

}  // namespace otatool::image
