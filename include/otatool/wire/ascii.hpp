// ASCII letters, independent of the locale.
#pragma once

namespace otatool::wire {

constexpr char lower_case(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

}  // namespace otatool::wire
