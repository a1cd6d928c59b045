#include "tests/golden/signing/test_keys.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <unistd.h>

namespace otatool::testing {

std::filesystem::path key_path(std::string_view name) {
  return std::filesystem::path(OTATOOL_TEST_KEYS) / name;
}

std::string quoted_key(std::string_view name) {
  return "\'" + key_path(name).string() + "\'";
}

Buffer key_file(std::string_view name) {
  return read_file(key_path(name));
}

Buffer read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::runtime_error("cannot read " + path.string());
  }
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_file(const std::filesystem::path& path, Bytes bytes) {
  std::ofstream file(path, std::ios::binary);
  file << as_text(bytes);
  if (!file.flush()) {
    throw std::runtime_error("cannot write " + path.string());
  }
}

ScratchFolder::ScratchFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "otatool-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw std::runtime_error("cannot make a folder like " + pattern);
  }
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

bool ScratchFolder::run(const std::string& command) const {
  const std::string line = "cd '" + path_.string() + "' && (" + command + ") >>log 2>&1 </dev/null";
  return std::system(line.c_str()) == 0;
}

std::string ScratchFolder::output_of(const std::string& command) const {
  const bool fine = run("(" + command + ") >output");
  const Buffer output = fine ? read_file(path_ / "output") : Buffer{};
  return std::string(as_text(output));
}

Buffer sample_payload(std::size_t size, std::uint32_t seed) {
  std::minstd_rand numbers(seed);
  Buffer payload(size);
  for (std::uint8_t& byte : payload) {
    byte = static_cast<std::uint8_t>(numbers() >> 8U);
  }
  return payload;
}

Buffer joined(Bytes first, Bytes second) {
  Buffer all(first.begin(), first.end());
  all.insert(all.end(), second.begin(), second.end());
  return all;
}

}  // namespace otatool::testing
