// Writes output files completely or not at all. A temporary file beside the target is renamed when
// it is complete; after a failure or a signal no temporary file is left, and an older file is
// unchanged.
#pragma once

#include <span>
#include <string>
#include <sys/types.h>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"

namespace otatool::files {

inline constexpr mode_t kPublicFile = 0644;
inline constexpr mode_t kPrivateFile = 0600;  ///< private keys

enum class ContentKind { Text, Binary };

struct OutputFile {
  std::string path;  ///< `-` is stdout
  Bytes content;
  ContentKind kind = ContentKind::Binary;  ///< binary is never written to a terminal
  mode_t mode = kPublicFile;               ///< before the umask
  bool overwrite = true;                   ///< otherwise an existing file is OutputExists
};

/// Writes one file. OutputFailed or OutputExists, naming the file; Usage for binary content to a
/// terminal. A device or pipe at `path` is written to directly. Links: see find_output_place.
[[nodiscard]] Result<void> write_file(const OutputFile& file);

/// Writes all files or none: each is complete on the disk before the first one is renamed.
[[nodiscard]] Result<void> write_files(std::span<const OutputFile> files);

}  // namespace otatool::files
