// The action that ends an attempt with an error.
#pragma once

#include <string>
#include <utility>

#include "otatool/espota/session.hpp"

namespace otatool::espota {

[[nodiscard]] inline Action finish(Errc code, std::string message) {
  return Finish{Error(code, std::move(message))};
}

}  // namespace otatool::espota
