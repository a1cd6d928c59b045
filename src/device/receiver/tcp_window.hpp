// The small TCP window of a chip.
#pragma once

#include <cstddef>

namespace otatool::device {

/// Gives a socket, or the connections of a listener, a receive window of
/// `window` bytes in four segments, like lwIP. To be called before the
/// connection.
void bound_window(int socket, std::size_t window);

}  // namespace otatool::device
