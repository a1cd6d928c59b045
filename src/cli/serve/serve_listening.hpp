// Tells where a started server listens.
#pragma once

#include <optional>

#include "otatool/http/catalogue.hpp"
#include "otatool/http/server.hpp"

#include "cli/io/messages.hpp"
#include "cli/serve/serve_tls.hpp"

namespace otatool::cli {

/// A server that listens.
struct Listening {
  const http::ServerOptions& options;
  const http::ServerPorts& ports;
  const http::DescriptorShares& shares;
  const std::optional<ServeTls>& tls;
};

/// Prints the addresses, the limit of connections and the event `listening` (cli.md, JSON).
void report_listening(Messages& messages,
                      const Listening& listening,
                      const http::Catalogue& catalogue);

}  // namespace otatool::cli
