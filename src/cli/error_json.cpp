#include "cli/error_json.hpp"

#include <nlohmann/json.hpp>

#include "cli/exit_codes.hpp"
#include "cli/hints.hpp"

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
