#include "cli/discover/announce_report.hpp"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/io/error_json.hpp"

namespace otatool::cli {

void report_announced(Messages& messages, const announce::Announced& announced) {
  messages.note(fmt::format(
      "announced as '{}' on {}", announced.name, fmt::join(announced.interfaces, ", ")));
  messages.json_line({{"event", "announced"},
                      {"name", announced.name},
                      {"host", announced.host + ".local"},
                      {"interfaces", announced.interfaces}});
}

void report_not_announced(Messages& messages, const Error& error) {
  messages.warning("not announced by mDNS: " + error.message());
  messages.json_line({{"event", "announced"}, {"name", nullptr}, {"error", error_json(error, {})}});
}

}  // namespace otatool::cli
