// Shared by the fuzz targets: reads choices from an input, and ends the run when an invariant is
// broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace otatool::fuzz {

/// Checks an invariant; if it is broken, prints `rule` to stderr and aborts.
inline void require(bool holds, const char* rule) {
  if (!holds) {
    std::fprintf(stderr, "broken: %s\n", rule);
    std::abort();
  }
}

/// Returns the bytes of an input one after the other; zeros after its end.
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
  /// Up to `length` characters; fewer at the end of the input.
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
