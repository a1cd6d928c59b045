// Keys that openssl made for this build folder (make_keys.sh), and openssl itself as a tool.
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

/// The path of a key file by its name in make_keys.sh.
std::filesystem::path key_path(std::string_view name);
/// For a shell.
std::string quoted_key(std::string_view name);
Buffer key_file(std::string_view name);

Buffer read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, Bytes bytes);

/// A folder of its own for one test, gone with the object.
class ScratchFolder {
 public:
  ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();

  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
    return path_ / name;
  }
  /// Runs a shell command in the folder; true when it exits with 0.
  [[nodiscard]] bool run(const std::string& command) const;
  /// The same, and what it printed.
  [[nodiscard]] std::string output_of(const std::string& command) const;

 private:
  std::filesystem::path path_;
};

/// `size` bytes that differ from each other as code does, the same for the same seed.
Buffer sample_payload(std::size_t size, std::uint32_t seed = 1);

Buffer joined(Bytes first, Bytes second);

}  // namespace otatool::testing
