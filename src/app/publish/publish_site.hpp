// `publish`: makes a folder of static files for devices from the images that `serve` serves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "otatool/result.hpp"
#include "otatool/signing/key.hpp"

#include "app/publish/image_selection.hpp"

namespace otatool::app {

struct PublishRequest {
  std::string path;
  std::string destination;
  const signing::Signer* signer = nullptr;  ///< null: nothing is signed
  std::int64_t keep_seconds = 0;  ///< how long a file stays after it is no longer published
  std::int64_t now = 0;           ///< seconds since 1970
};

struct PublishReport {
  ImageSelection selection;
  std::vector<std::string> written;
  std::vector<std::string> removed;
  std::vector<std::string> kept;  ///< no longer published; a later run removes them
  std::size_t unchanged = 0;
  std::vector<std::string> manifests;
  std::vector<std::string> notes;  ///< what a user may miss and why
};

/// Writes what changed: first the images, then manifests and the page; removes last what is no
/// longer published. Touches no file of others. Usage if one folder is inside the other;
/// OutputExists, naming it, for a file that publish did not write; errors of select_images,
/// site_contents and SiteFolder.
[[nodiscard]] Result<PublishReport> publish_site(const PublishRequest& request);

}  // namespace otatool::app
