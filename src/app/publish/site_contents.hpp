// The files that `publish` makes from the selected images: copies, packages, signatures, hashes,
// manifests, a page. Reads and writes no file.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "otatool/result.hpp"
#include "otatool/signing/key.hpp"

#include "app/publish/image_selection.hpp"

namespace otatool::app {

struct SiteFile {
  std::string name;  ///< path below the folder
  std::vector<std::uint8_t> content;
  /// What a derived file was made from (publish::ListedFile).
  std::string made_from;
};

struct SiteContents {
  std::vector<SiteFile>
      files;  ///< in the order in which they are written; manifests and the page are last
  std::vector<std::string> manifests;  ///< names of the update manifests
  std::vector<std::string> notes;      ///< what a user may miss and why; for messages
};

/// The content of a published file that was made from the same; nothing if there is none.
/// Signatures with a random part, and packages, then stay as they are.
using Reuse = std::function<std::optional<std::vector<std::uint8_t>>(const std::string& name,
                                                                     const std::string& made_from)>;

/// Makes all files. `signer`: null for no signatures. Usage if two files would have the same name
/// or a name is not printable UTF-8; errors of packing, prepare_signing and signed_bytes, naming
/// the image.
[[nodiscard]] Result<SiteContents> site_contents(const ImageSelection& selection,
                                                 const signing::Signer* signer,
                                                 const Reuse& reuse);

}  // namespace otatool::app
