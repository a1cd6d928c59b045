// The users of `serve`: --auth-file, --status-auth and --admin-file.
#pragma once

#include "otatool/http/server.hpp"
#include "otatool/http/site.hpp"
#include "otatool/result.hpp"

#include "cli/frame/invocation.hpp"

namespace otatool::cli {

/// Reads the files that the options name. FileUnreadable; Usage for an invalid line.
[[nodiscard]] Result<http::SiteUsers> read_site_users(const Invocation& invocation);

/// Reads the files again and reports it. If one is unusable, the old users stay.
void renew_users(const Invocation& invocation, http::Site& site, http::Server& server);

}  // namespace otatool::cli
