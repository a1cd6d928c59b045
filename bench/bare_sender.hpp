// The least that a server can do: it answers every request with the same file, by sendfile and a
// thread for each connection, without reading what is asked. No other server on this computer sends
// faster through the same kernel.
#pragma once

#include <cstdint>
#include <string>

namespace otatool::bench {

/// Listens on 127.0.0.1:`port` and answers until the process ends.
[[noreturn]] void send_bare(std::uint16_t port, const std::string& path);

}  // namespace otatool::bench
