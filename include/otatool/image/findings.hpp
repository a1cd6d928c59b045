// What would go wrong when a file is uploaded, and to which devices. Pure judgement over facts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "otatool/image/recognise.hpp"

namespace otatool::image {

enum class Level { Note, Warning, Error };
/// `note`, `warning` or `error`, as in the JSON of `info` (cli.md).
[[nodiscard]] std::string_view to_string(Level level);

struct Finding {
  Level level;
  std::string code;     ///< stable, lower-case words joined by hyphens
  std::string message;  ///< lower-case, no full stop
};

/// All findings about a file, errors first, in the order of the file otherwise.
[[nodiscard]] std::vector<Finding> findings(const Examined& examined);

}  // namespace otatool::image
