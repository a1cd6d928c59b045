// Searches the memory of another process. Linux, as root: a process that holds a secret closes its
// memory to its own user.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <unistd.h>
#include <vector>

namespace otatool::test {

/// How often writable memory of the process, which should be stopped, contains `text`.
[[nodiscard]] inline std::size_t count_in_memory(pid_t process, std::string_view text) {
  constexpr std::size_t kBlock = std::size_t{1} << 20U;
  /// The shadow memory of sanitizers is larger, and holds no text.
  constexpr std::uintptr_t kLargestMapping = std::uintptr_t{1} << 32U;
  const std::string folder = "/proc/" + std::to_string(process);
  const int memory = open((folder + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  std::ifstream maps(folder + "/maps");
  std::vector<char> block(kBlock + text.size() - 1);
  std::size_t count = 0;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    char dash = 0;
    std::string rights;
    words >> std::hex >> begin >> dash >> end >> rights;
    if (!rights.starts_with("rw") || end - begin > kLargestMapping) {
      continue;
    }
    for (; begin < end; begin += kBlock) {
      const std::size_t wanted = std::min<std::size_t>(block.size(), end - begin);
      const ssize_t length = pread(memory, block.data(), wanted, static_cast<off_t>(begin));
      std::string_view bytes(block.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
      for (auto at = bytes.find(text); at != std::string_view::npos;
           at = bytes.find(text, at + 1)) {
        ++count;
      }
    }
  }
  close(memory);
  return count;
}

}  // namespace otatool::test
