// What a running server gives up, and what it should not have.
#pragma once

#include <optional>

#include "cli/frame/invocation.hpp"
#include "cli/io/messages.hpp"
#include "cli/serve/serve_store.hpp"
#include "cli/serve/serve_tls.hpp"

namespace otatool::cli {

/// Warns if the server runs as root.
void warn_of_root(Messages& messages);

/// Gives up all access to files but what the options need, unless --no-sandbox is given; -v tells
/// the result. Call it before the first thread starts.
void enter_sandbox(const Invocation& invocation,
                   const std::optional<ServeTls>& tls,
                   const ServeStore& store);

}  // namespace otatool::cli
