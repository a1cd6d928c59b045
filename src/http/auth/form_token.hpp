// Tokens that a form must send back, so that a page of somebody else cannot send it (CSRF). Pure
// functions over text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "otatool/secret.hpp"

namespace otatool::http {

/// What a token is for.
struct FormPurpose {
  std::string_view user;
  std::string_view rule;
  std::string_view version;  ///< of the rollout
};

/// 64 hex digits: HMAC-SHA256 (RFC 2104) of the purpose and the day of `now` (seconds since 1970).
[[nodiscard]] std::string form_token(const Secret& key,
                                     const FormPurpose& purpose,
                                     std::int64_t now);

/// Whether `token` was made for this purpose today or yesterday. Takes the same time for every
/// token of this length.
[[nodiscard]] bool is_form_token(std::string_view token,
                                 const Secret& key,
                                 const FormPurpose& purpose,
                                 std::int64_t now);

}  // namespace otatool::http
