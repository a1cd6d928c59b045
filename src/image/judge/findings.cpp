#include "otatool/image/findings.hpp"

#include <algorithm>
#include <array>

#include "otatool/bytes.hpp"

#include "image/judge/judgement.hpp"

namespace otatool::image {
namespace {

void add_kind_findings(const ImageFacts& facts, std::vector<Finding>& found) {
  if (const std::string why = unfit_kind(facts); !why.empty()) {
    found.push_back({Level::Error, std::string(to_string(facts.kind)), why});
  }
  if (!is_filesystem(facts.kind)) {
    return;
  }
  found.push_back({Level::Note,
                   "filesystem",
                   "this is a filesystem: it replaces the device's files, and must be exactly as "
                   "large as the filesystem area of the layout"});
  const std::uint64_t size =
      std::uint64_t{facts.filesystem->block_size} * facts.filesystem->block_count;
  if (facts.image_size == 0) {
    found.push_back({Level::Error,
                     "filesystem-truncated",
                     "the superblock says " + std::to_string(size) + " bytes, the file has " +
                         std::to_string(facts.file_size)});
  }
}

void add_header_findings(const ImageFacts& facts, std::vector<Finding>& found) {
  const Part* part = facts.parts.empty() ? nullptr : &facts.parts.front();
  if (part != nullptr && !part->flash.mode) {
    found.push_back({Level::Warning,
                     "flash-mode",
                     "flash mode byte " + hex(part->flash.mode_byte, 2) + " means nothing"});
  }
  if (part != nullptr && !part->flash.size_bytes) {
    found.push_back({Level::Warning,
                     "flash-size",
                     "flash size nibble " + hex(part->flash.size_and_frequency >> 4U, 1) +
                         " means nothing on " + std::string(to_string(facts.chip))});
  }
  if (facts.chip == Chip::Esp32Unknown && facts.esp32) {
    found.push_back({Level::Warning,
                     "chip-id",
                     "chip id " + std::to_string(facts.esp32->chip_id) + " is not known"});
  }
  if (facts.kind == Kind::Esp32App && !facts.sha256 && facts.image_size != 0) {
    found.push_back({Level::Note, "no-sha256", "no hash is appended to the image"});
  }
  if (facts.kind == Kind::Esp8266Arduino && !facts.crc && facts.image_size != 0) {
    found.push_back({Level::Note,
                     "no-crc",
                     "no crc is embedded: made with a core older than 2.7.0, or changed since"});
  }
}

void add_trailing_findings(const ImageFacts& facts, std::vector<Finding>& found) {
  if (facts.trailing_bytes != 0 && facts.image_size != 0) {
    found.push_back({Level::Warning,
                     "trailing-bytes",
                     std::to_string(facts.trailing_bytes) +
                         " bytes follow the end of the image, and are "
                         "no signature"});
  }
}

void add_key_findings(const ImageFacts& facts, std::vector<Finding>& found) {
  for (const EmbeddedKey& key : facts.keys) {
    const std::string where = " at offset " + std::to_string(key.offset);
    if (key.is_private) {
      found.push_back({Level::Warning,
                       "private-key-embedded",
                       "whoever has this file has the private key" + where});
    } else {
      found.push_back({Level::Note,
                       "public-key-embedded",
                       "a public key is in the image" + where +
                           ": if the sketch verifies updates with it, the next one needs its "
                           "signature"});
    }
  }
}

void add_image_findings(const ImageFacts& facts, std::vector<Finding>& found) {
  add_kind_findings(facts, found);
  for (Finding& finding : damage(facts)) {
    found.push_back(std::move(finding));
  }
  add_header_findings(facts, found);
  add_trailing_findings(facts, found);
  add_key_findings(facts, found);
}

void add_content_findings(const ImageFacts& content, std::vector<Finding>& found) {
  if (is_esp32_family(content.chip)) {
    found.push_back(
        {Level::Error, "package-esp32", "no ESP32 unpacks a package: its first byte must be E9"});
  }
  if (is_filesystem(content.kind)) {
    found.push_back({Level::Warning,
                     "package-filesystem",
                     "only a sketch built with ATOMIC_FS_UPDATE unpacks a filesystem; any other "
                     "writes the package over its files as it is"});
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
                           " reaches the device as it is: the updater cannot change it inside a "
                           "package, and a board that can only do dout will not start"});
    }
  }
}

void add_package_findings(const Examined& examined, std::vector<Finding>& found) {
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
                     "packages need a device that runs core 2.7.0 or newer; older ones refuse them "
                     "(error 10)"});
  }
  add_content_findings(*examined.content, found);
  add_image_findings(*examined.content, found);
  for (Finding& finding : signature_damage(*examined.content)) {
    found.push_back(std::move(finding));
  }
  if (examined.content->signature) {
    found.push_back({Level::Warning,
                     "signature-inside-package",
                     "the signature is inside the package, where no device looks for it"});
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

std::vector<Finding> findings(const Examined& examined) {
  std::vector<Finding> found;
  if (examined.package) {
    add_package_findings(examined, found);
  } else {
    add_image_findings(examined.file, found);
  }
  for (Finding& finding : signature_damage(examined.file)) {
    found.push_back(std::move(finding));
  }
  for (Finding& finding : signature_findings(examined)) {
    found.push_back(std::move(finding));
  }
  std::stable_sort(found.begin(), found.end(), [](const Finding& one, const Finding& other) {
    return one.level > other.level;
  });
  return found;
}

}  // namespace otatool::image
