// The problems of a file: what is wrong with it for any device, and what its user should know.
// Computed from facts alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "otatool/image/recognise.hpp"

namespace otatool::image {

enum class Level { Note, Warning, Error };
/// `note`, `warning` or `error`, as in the JSON of `info` (cli.md).
[[nodiscard]] std::string_view to_string(Level level);

struct Problem {
  Level level;
  std::string code;     ///< stable, lower-case words joined by hyphens
  std::string message;  ///< lower-case, no full stop
};

/// All problems of a file: errors first, otherwise in the order of the file.
[[nodiscard]] std::vector<Problem> problems(const Examined& examined);

}  // namespace otatool::image
