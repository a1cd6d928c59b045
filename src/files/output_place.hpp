// Finds the folder and the name that the path of an output file means, without trusting the
// symbolic links of other users.
#pragma once

#include <string>

#include "otatool/result.hpp"

#include "files/descriptor.hpp"

namespace otatool::files {

/// Where an output file goes. The folder stays the same even if somebody replaces a part of its
/// path meanwhile.
struct OutputPlace {
  Descriptor folder;  ///< opened with O_PATH
  std::string name;   ///< in the folder; not a link, unless `special`
  bool special;       ///< exists and is no regular file: a device, pipe or folder
};

/// Follows the links of this user and of root only. A link of another user is OutputFailed as the
/// last part of the path, and in a folder that others may write to: its owner would decide what is
/// overwritten.
[[nodiscard]] Result<OutputPlace> find_output_place(const std::string& path);

}  // namespace otatool::files
