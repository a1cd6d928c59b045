// The keys that make_keys.sh made for this build folder, and openssl as a tool.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/bytes.hpp"

namespace otatool::testing {

using Buffer = std::vector<std::uint8_t>;

inline constexpr std::string_view kPassphrase = "open sesame";

/// Path of a key file; the names are in make_keys.sh.
std::filesystem::path key_path(std::string_view name);
/// The same, quoted for a shell.
std::string quoted_key(std::string_view name);
Buffer key_file(std::string_view name);

Buffer read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, Bytes bytes);

/// A temporary folder for one test; the destructor removes it.
class ScratchFolder {
 public:
  ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();

  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
    return path_ / name;
  }
  /// Runs a shell command in the folder; true if its exit code is 0.
  [[nodiscard]] bool run(const std::string& command) const;
  /// The same; returns its output.
  [[nodiscard]] std::string output_of(const std::string& command) const;

 private:
  std::filesystem::path path_;
};

/// `size` bytes that vary like code; the same for the same seed.
Buffer sample_payload(std::size_t size, std::uint32_t seed = 1);

Buffer joined(Bytes first, Bytes second);

}  // namespace otatool::testing
