// The addresses that proxies report in X-Forwarded-For and Forwarded (RFC 7239). Parses text; does
// not decide whom to believe.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "otatool/http/header_field.hpp"

namespace otatool::http {

/// The chain of clients and proxies, the nearest last, as texts without ports and brackets: not
/// necessarily addresses (`unknown`, `_hidden`). Several fields of one name are one list. Empty
/// without these fields, and if both are present and differ: a proxy that makes only one of them
/// passes the other one on as the client sent it.
[[nodiscard]] std::vector<std::string> forwarded_chain(std::span<const HeaderField> fields);

}  // namespace otatool::http
