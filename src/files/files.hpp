// Reads whole files, or stdin for `-`, up to a limit, and compares files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "otatool/result.hpp"

namespace otatool::files {

/// More than any flash of these chips.
inline constexpr std::size_t kLargestImage = std::size_t{64} << 20U;
/// Keys, signatures, lists and configuration.
inline constexpr std::size_t kLargestText = std::size_t{1} << 20U;

/// All bytes of the file at `path`; `-` is stdin. FileUnreadable, naming the file, if it
/// cannot be opened or read, is a folder, or has more than `limit_bytes`. Pipes and devices are
/// read to their end.
[[nodiscard]] Result<std::vector<std::uint8_t>> read_file(const std::string& path,
                                                          std::size_t limit_bytes);
/// The same as text.
[[nodiscard]] Result<std::string> read_text_file(const std::string& path, std::size_t limit_bytes);

/// True if the first bytes of the file at `path` are those of the file at `beginning`. False if one
/// of them cannot be read.
[[nodiscard]] bool file_begins_with(const std::string& path, const std::string& beginning);

}  // namespace otatool::files
