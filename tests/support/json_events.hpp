// What a program under way prints as one JSON object a line.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "tests/support/process.hpp"

namespace otatool::test {

/// The next event of this name; those before it are skipped. Throws when none comes.
inline nlohmann::json next_event(Process& process, const std::string& event) {
  while (const auto line = process.read_line()) {
    auto object = nlohmann::json::parse(*line);
    if (object.at("event") == event) {
      return object;
    }
  }
  throw std::runtime_error("no event '" + event + "'");
}

}  // namespace otatool::test
