// What fuzz targets share: reading choices out of an input, and ending the run when an invariant is
// broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace otatool::fuzz {

/// An invariant; the run ends with `rule` on stderr when it does not hold.
inline void require(bool holds, const char* rule) {
  if (!holds) {
    std::fprintf(stderr, "broken: %s\n", rule);
    std::abort();
  }
}

/// Hands out the bytes of an input one after the other; an input at its end gives zeros.
class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* bytes, std::size_t size) : at_(bytes), end_(bytes + size) {}

  [[nodiscard]] bool empty() const { return at_ == end_; }
  std::uint8_t byte() { return at_ == end_ ? std::uint8_t{0} : *at_++; }
  std::uint16_t word() {
    const unsigned high = byte();
    return static_cast<std::uint16_t>(high << 8U | byte());
  }
  bool flag() { return (byte() & 1U) != 0; }
  /// At most `length` characters, fewer at the end of the input.
  std::string text(std::size_t length) {
    std::string text;
    while (text.size() < length && at_ != end_) {
      text.push_back(static_cast<char>(*at_++));
    }
    return text;
  }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

}  // namespace otatool::fuzz
