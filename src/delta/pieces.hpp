// Finds the parts of an old image that make up a new one (the algorithm of bsdiff: C. Percival,
// "Naive differences of executable code", 2003). No IO.
#pragma once

#include <cstddef>
#include <vector>

#include "otatool/bytes.hpp"

namespace otatool::delta {

/// The next bytes of the new image: `add` bytes similar to those at `old_at`, then `copy` bytes
/// that the old image does not have. All in bytes; never both 0.
struct Piece {
  std::size_t old_at;
  std::size_t add;
  std::size_t copy;
};

/// Pieces that make `new_image`, in order. Both images have less than 2^31 bytes and at least one.
[[nodiscard]] std::vector<Piece> find_pieces(Bytes old_image, Bytes new_image);

}  // namespace otatool::delta
