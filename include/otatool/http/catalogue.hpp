// The catalogue of an update server: checked files and the rules that assign them to devices.
// Immutable; a change makes a new catalogue.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "otatool/chip_family.hpp"
#include "otatool/http/manifest.hpp"

namespace otatool::http {

/// The bytes of a file, independent of later changes on disk (content.hpp).
class Content;

/// Bytes to send, with their hashes.
struct Deliverable {
  std::uint64_t size_bytes = 0;
  std::string md5;     ///< lower-case hex
  std::string sha256;  ///< lower-case hex
  std::shared_ptr<const Content> content;
};

enum class FileKind { Firmware, Filesystem, Other };

struct ServedFile {
  std::string name;  ///< path below the served folder
  FileKind kind = FileKind::Other;
  ChipFamily family = ChipFamily::Unknown;  ///< of firmware; Unknown if the image fits both
  Deliverable whole;                        ///< the file unchanged
  /// The file is a gzip package.
  bool package = false;
  bool signed_package = false;
  /// The content of a package; nothing if the package is signed as a whole.
  std::optional<Deliverable> unpacked;
  /// Hashes that a device running the image reports: without packing and signature (espota.md 5.3).
  std::string running_md5;
  std::string running_sha256;          ///< appended hash of an ESP32 image; may be empty
  std::uint64_t installed_size = 0;    ///< bytes without packing and signature
  std::uint64_t flash_size_bytes = 0;  ///< from the image header; 0: unknown
  std::int64_t modified = 0;           ///< seconds since 1970
};

struct Rule {
  ManifestRule manifest;
  std::shared_ptr<const ServedFile> file;
};

struct Catalogue {
  std::string update_path = "update";  ///< path of the rules, without the leading `/`
  std::map<std::string, std::vector<std::string>, std::less<>> groups;
  std::vector<Rule> rules;
  /// Names of devices by MAC address.
  std::map<std::string, std::string, std::less<>> names;
  /// The single image of a server without a folder; `/` serves it as well.
  std::shared_ptr<const ServedFile> only_file;
};

}  // namespace otatool::http
