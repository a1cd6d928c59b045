// Finds the PEM keys in the clear inside an image: the key that the sketch verifies with, and keys
// that are there by mistake.
#pragma once

#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/image/facts.hpp"

namespace otatool::image {

/// Every well-formed PEM key block, in the order of the file, eight at most.
[[nodiscard]] std::vector<EmbeddedKey> find_keys(Bytes file);

}  // namespace otatool::image
