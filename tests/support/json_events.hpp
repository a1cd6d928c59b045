// Reads the JSON objects that a running program prints, one on each line.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "tests/support/process.hpp"

namespace otatool::test {

/// The next event with this name; skips other events. Throws if stdout ends first.
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
