// Responses to requests that get neither a file nor a page.
#pragma once

#include <string>
#include <string_view>

#include "otatool/http/site.hpp"

namespace otatool::http {

/// For a method other than GET and HEAD.
[[nodiscard]] Response refuse_method(std::string_view method);
/// For a request without the right user and password.
[[nodiscard]] Response refuse_login(const LoginResult& login, std::string_view realm);
/// `refusal` goes to the log only: clients must not learn which files exist. `exhausted`: the
/// server lacks descriptors or memory now.
[[nodiscard]] Response missing_file(const std::string& refusal, bool exhausted = false);
/// For a device that asks a server without rules for an update.
[[nodiscard]] Response refuse_update();

}  // namespace otatool::http
