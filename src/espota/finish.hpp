// How the two halves of an attempt end it without success.
#pragma once

#include <string>
#include <utility>

#include "otatool/espota/session.hpp"

namespace otatool::espota {

[[nodiscard]] inline Action finish(Errc code, std::string message) {
  return Finish{Error(code, std::move(message))};
}

}  // namespace otatool::espota
