// What an update server has to give: files that were read and judged, and the rules that say who
// gets them. Values that do not change once they are made; a new state is a new catalogue.
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

/// Bytes that stay as they are while somebody holds them, whatever happens to the file they came
/// from. The rules only pass it on.
class Content;

/// Bytes as they are sent.
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
  ChipFamily family = ChipFamily::Unknown;  ///< of firmware; Unknown if it is not tied to one
  Deliverable whole;                        ///< the file as it is
  /// The file is a gzip package.
  bool package = false;
  bool signed_package = false;
  /// What is inside a package; nothing if that was signed together with the package.
  std::optional<Deliverable> unpacked;
  /// What a device that runs it says of itself: hashes of the image without package and signature
  /// (espota.md 5.3).
  std::string running_md5;
  std::string running_sha256;          ///< of an ESP32 image that has one
  std::uint64_t installed_size = 0;    ///< bytes without package and signature
  std::uint64_t flash_size_bytes = 0;  ///< that the header of the image asks for; 0: unknown
  std::int64_t modified = 0;           ///< seconds since 1970
};

struct Rule {
  ManifestRule manifest;
  std::shared_ptr<const ServedFile> file;
};

struct Catalogue {
  std::string update_path = "update";  ///< where the rules answer, without the leading `/`
  std::map<std::string, std::vector<std::string>, std::less<>> groups;
  std::vector<Rule> rules;
  /// The one image of a server without a folder, which answers at `/` as well.
  std::shared_ptr<const ServedFile> only_file;
};

}  // namespace otatool::http
