// The facts about a gzip package that the checks of an image need. Values only: src/app unpacks the
// package with src/gzip and fills this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace otatool::image {

/// The reason why a package must not be sent (signing-gzip-images.md 2.2, 2.3).
struct PackageFault {
  std::string code;     ///< stable, lower-case words joined by hyphens; `package-` goes before
  std::string message;  ///< what is wrong and what a device would do; lower-case, no full stop
};

struct PackageFacts {
  /// Bytes from the start to the end of the first member's trailer; 0 if that end was not found.
  std::uint64_t member_size = 0;
  std::uint64_t inflated_size = 0;    ///< bytes that the first member unpacks to
  std::string name;                   ///< of the original file, raw bytes; empty if there is none
  std::uint32_t modified = 0;         ///< seconds since 1970, or 0
  std::optional<PackageFault> fault;  ///< the first one found

  /// One member that inflates completely, with correct CRC and size and nothing after it.
  [[nodiscard]] bool valid() const { return !fault; }
};

}  // namespace otatool::image
