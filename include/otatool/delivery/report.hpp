// The result of a delivery to one target, for every transport.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "otatool/error.hpp"

namespace otatool::delivery {

struct Report {
  std::string name;     ///< the target as the user wrote it
  std::string address;  ///< empty when the name did not resolve
  std::optional<Error> error;
  std::size_t bytes = 0;  ///< delivered in the last attempt
  double seconds = 0;
  unsigned attempts = 0;
};

}  // namespace otatool::delivery
