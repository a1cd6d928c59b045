// Looks at all files below the served folder: which of them clients do not get, and which have a
// name that begins with a dot.
#pragma once

#include <string>
#include <vector>

#include "app/library/served_file.hpp"

namespace otatool::app {

class ServedLibrary;

struct HiddenFile {
  std::string name;  ///< below the folder; a folder ends with `/`
  std::string reason;
};

/// The files below the folder of the library that clients do not get, by name. A hidden folder is
/// one entry. Nothing for a single file.
[[nodiscard]] std::vector<HiddenFile> hidden_files(ServedLibrary& library);

/// Whether this file also has a name in or below `folder` that begins with a dot or is in a folder
/// whose name does. True if there are too many files to know it.
[[nodiscard]] bool has_dot_name(const std::string& folder, const FileStamp& file);

}  // namespace otatool::app
