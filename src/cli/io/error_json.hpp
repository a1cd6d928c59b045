// The JSON form of an error (cli.md, global).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "otatool/error.hpp"

namespace otatool::cli {

/// `{"code","exit","message","hint"}`; an empty hint becomes null.
[[nodiscard]] nlohmann::json error_json(const Error& error, std::string_view hint);
/// The same with the hint of the error's code.
[[nodiscard]] nlohmann::json error_json(const Error& error);

}  // namespace otatool::cli
