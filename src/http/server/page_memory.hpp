// Memory for the long texts of all connections, from their first piece until they are sent: a
// client must not fill the computer by asking for many pages and reading none.
#pragma once

#include <cstddef>

namespace otatool::http {

class PageMemory {
 public:
  static constexpr std::size_t kMost = std::size_t{64} << 20U;

  explicit PageMemory(std::size_t most = kMost) : most_(most) {}

  /// The memory that one text takes.
  class Share {
   public:
    explicit Share(PageMemory& memory) : memory_(memory) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() { memory_.used_ -= bytes_; }

    /// Takes so many bytes in all. False, and nothing changes, if the others leave no room for
    /// more; a text alone may have any size.
    [[nodiscard]] bool take(std::size_t bytes) {
      const std::size_t others = memory_.used_ - bytes_;
      if (bytes > bytes_ && others > 0 && others + bytes > memory_.most_) {
        return false;
      }
      bytes_ = bytes;
      memory_.used_ = others + bytes;
      return true;
    }

   private:
    PageMemory& memory_;
    std::size_t bytes_ = 0;
  };

 private:
  std::size_t most_;
  std::size_t used_ = 0;
};

}  // namespace otatool::http
