#include "cli/io/error_json.hpp"

#include <nlohmann/json.hpp>

#include "cli/io/exit_codes.hpp"
#include "cli/io/hints.hpp"

namespace otatool::cli {

nlohmann::json error_json(const Error& error, std::string_view hint) {
  return {
      {"code", to_string(error.code())},
      {"exit", exit_code(error.code())},
      {"message", error.message()},
      {"hint", hint.empty() ? nlohmann::json() : nlohmann::json(hint)},
  };
}

nlohmann::json error_json(const Error& error) {
  return error_json(error, hint_for(error.code()));
}

}  // namespace otatool::cli
