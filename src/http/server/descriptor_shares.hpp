// How the server shares out the descriptors that the system allows it. Changes only the limit.
#pragma once

#include <cstddef>

#include "otatool/http/server.hpp"

namespace otatool::http {

/// Shares out `limit` descriptors. Each connection needs two: its socket, and a file that was
/// replaced on disk or dropped from the cache while it is sent. `pinned`: files that are always
/// open.
[[nodiscard]] DescriptorShares share_descriptors(std::size_t limit,
                                                 std::size_t wanted_connections,
                                                 std::size_t pinned);

/// Raises the soft limit of open files as far as `wanted_connections` need it and the hard limit
/// allows, and shares out the result.
[[nodiscard]] DescriptorShares take_descriptors(std::size_t wanted_connections, std::size_t pinned);

}  // namespace otatool::http
