#include "otatool/image/problems.hpp"

#include <algorithm>
#include <array>

#include "otatool/bytes.hpp"

#include "image/check/image_problems.hpp"

namespace otatool::image {
namespace {

void add_kind_problems(const ImageFacts& facts, std::vector<Problem>& found) {
  if (const std::string why = unfit_kind(facts); !why.empty()) {
    found.push_back({Level::Error, std::string(to_string(facts.kind)), why});
  }
  if (!is_filesystem(facts.kind)) {
    return;
  }
  found.push_back({Level::Note,
                   "filesystem",
                   "this is a filesystem: it replaces the device's files and must have exactly the "
                   "size of the layout's filesystem area"});
  const std::uint64_t size =
      std::uint64_t{facts.filesystem->block_size} * facts.filesystem->block_count;
  if (facts.image_size == 0) {
    found.push_back({Level::Error,
                     "filesystem-truncated",
                     "the filesystem has " + std::to_string(size) + " bytes, the file has " +
                         std::to_string(facts.file_size)});
  }
}

void add_header_problems(const ImageFacts& facts, std::vector<Problem>& found) {
  const Part* part = facts.parts.empty() ? nullptr : &facts.parts.front();
  const std::string place = facts.kind == Kind::Esp32Merged ? " of the bootloader" : "";
  if (part != nullptr && !part->flash.mode) {
    found.push_back({Level::Warning,
                     "flash-mode",
                     "flash mode byte " + hex(part->flash.mode_byte, 2) + place + " is unknown"});
  }
  if (part != nullptr && !part->flash.size_bytes) {
    found.push_back({Level::Warning,
                     "flash-size",
                     "flash size nibble " + hex(part->flash.size_and_frequency >> 4U, 1) + place +
                         " is unknown on " + std::string(to_string(facts.chip))});
  }
  if (facts.chip == Chip::Esp32Unknown && facts.esp32) {
    found.push_back({Level::Warning,
                     "chip-id",
                     "chip id " + std::to_string(facts.esp32->chip_id) + " is not known"});
  }
  if (facts.kind == Kind::Esp32App && facts.sha256() == nullptr && facts.image_size != 0) {
    found.push_back({Level::Note, "no-sha256", "no hash is appended to the image"});
  }
  if (facts.kind == Kind::Esp8266Arduino && !facts.crc && facts.image_size != 0) {
    found.push_back({Level::Note,
                     "no-crc",
                     "no crc is embedded: built with a core older than 2.7.0, or modified"});
  }
}

void add_trailing_problems(const ImageFacts& facts, std::vector<Problem>& found) {
  if (facts.trailing_bytes != 0 && facts.image_size != 0) {
    found.push_back({Level::Warning,
                     "trailing-bytes",
                     std::to_string(facts.trailing_bytes) +
                         " bytes follow the end of the image and are "
                         "not a signature"});
  }
}

void add_key_problems(const ImageFacts& facts, std::vector<Problem>& found) {
  for (const EmbeddedKey& key : facts.keys) {
    const std::string where = " at offset " + std::to_string(key.offset);
    if (key.is_private) {
      found.push_back({Level::Warning,
                       "private-key-embedded",
                       "everyone who has this file has the private key" + where});
    } else {
      found.push_back({Level::Note,
                       "public-key-embedded",
                       "the image contains a public key" + where +
                           ": if the sketch verifies updates with it, the next update needs "
                           "that key's signature"});
    }
  }
}

void add_image_problems(const ImageFacts& facts, std::vector<Problem>& found) {
  add_kind_problems(facts, found);
  for (Problem& problem : damage(facts)) {
    found.push_back(std::move(problem));
  }
  add_header_problems(facts, found);
  add_trailing_problems(facts, found);
  add_key_problems(facts, found);
}

void add_content_problems(const ImageFacts& content, std::vector<Problem>& found) {
  if (is_esp32_family(content.chip)) {
    found.push_back(
        {Level::Error, "package-esp32", "no ESP32 unpacks a package: its first byte must be E9"});
  }
  if (is_filesystem(content.kind)) {
    found.push_back({Level::Warning,
                     "package-filesystem",
                     "only a sketch built with ATOMIC_FS_UPDATE unpacks a filesystem; any other "
                     "sketch writes the package over its files without unpacking it"});
  }
  if (content.kind == Kind::Gzip) {
    found.push_back({Level::Error, "package-content", "a package inside a package"});
  }
  if (content.kind == Kind::Esp8266Arduino && !content.parts.empty()) {
    const std::optional<FlashMode> mode = content.parts.front().flash.mode;
    if (mode && *mode != FlashMode::Dout) {
      found.push_back({*mode == FlashMode::Dio ? Level::Note : Level::Warning,
                       "package-flash-mode",
                       "flash mode " + std::string(to_string(*mode)) +
                           " stays as it is in the package: the updater cannot change it there, "
                           "and a board that supports only dout does not start"});
    }
  }
}

void add_package_problems(const Examined& examined, std::vector<Problem>& found) {
  const PackageFacts& package = *examined.package;
  if (package.fault) {
    found.push_back({Level::Error, "package-" + package.fault->code, package.fault->message});
  }
  if (!examined.content) {
    return;
  }
  if (!is_esp32_family(examined.content->chip)) {
    found.push_back({Level::Note,
                     "package-core",
                     "packages need a device that runs core 2.7.0 or newer; older cores refuse "
                     "them (error 10)"});
  }
  add_content_problems(*examined.content, found);
  add_image_problems(*examined.content, found);
  for (Problem& problem : signature_damage(*examined.content)) {
    found.push_back(std::move(problem));
  }
  if (examined.content->signature) {
    found.push_back({Level::Warning,
                     "signature-inside-package",
                     "the signature is inside the package; devices look for it after the package"});
  }
}

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::Note:
      return "note";
    case Level::Warning:
      return "warning";
    case Level::Error:
      return "error";
  }
  return "error";
}

std::vector<Problem> problems(const Examined& examined) {
  std::vector<Problem> found;
  if (examined.package) {
    add_package_problems(examined, found);
  } else {
    add_image_problems(examined.file, found);
  }
  if (std::string reason = oversize(examined); !reason.empty()) {
    found.push_back({Level::Error, "oversize", std::move(reason)});
  }
  for (Problem& problem : signature_damage(examined.file)) {
    found.push_back(std::move(problem));
  }
  for (Problem& problem : signature_problems(examined)) {
    found.push_back(std::move(problem));
  }
  std::stable_sort(found.begin(), found.end(), [](const Problem& one, const Problem& other) {
    return one.level > other.level;
  });
  return found;
}

}  // namespace otatool::image
