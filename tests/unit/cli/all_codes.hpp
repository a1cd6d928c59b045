// All error codes, for tests that must cover each one.
#pragma once

#include <vector>

#include "otatool/error.hpp"

namespace otatool::cli {

/// The codes are numbered without gaps, and SomeFailed is the last one.
inline std::vector<Errc> all_codes() {
  std::vector<Errc> codes;
  for (int number = 0; number <= static_cast<int>(Errc::SomeFailed); ++number) {
    codes.push_back(static_cast<Errc>(number));
  }
  return codes;
}

}  // namespace otatool::cli
