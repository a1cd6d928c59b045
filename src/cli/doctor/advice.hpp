// The texts of doctor's advice. They may name options and commands.
#pragma once

#include <string_view>

#include "otatool/doctor/findings.hpp"

namespace otatool::cli {

/// Lower case, without a full stop; empty for Advice::None.
[[nodiscard]] std::string_view advice_text(doctor::Advice advice);

}  // namespace otatool::cli
