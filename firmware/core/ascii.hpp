// ASCII letters, independent of the locale.
#pragma once

namespace otatool::firmware {

inline char lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace otatool::firmware
