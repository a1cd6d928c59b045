// The page that shows people the files of a published folder. HTML without scripts and without
// other resources.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace otatool::publish {

/// One row of the page. Paths are below the folder and not encoded.
struct PageRow {
  std::string path;
  std::string description;  ///< `firmware for ESP8266`
  std::string version;      ///< may be empty
  std::uint64_t size_bytes = 0;
  std::string md5;
  std::string sha256;
  std::vector<std::string> related;  ///< packages, signatures, manifests of this image
};

/// The page; the same rows always give the same bytes. `manifest`: path of the manifest for all
/// chips, or empty.
[[nodiscard]] std::string index_page(const std::string& title,
                                     const std::vector<PageRow>& rows,
                                     const std::string& manifest);

}  // namespace otatool::publish
