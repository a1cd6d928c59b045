#include "cli/completion/known_targets.hpp"

#include <set>

#include "otatool/mdns/browse.hpp"

#include "cli/frame/settings.hpp"
#include "cli/io/printable.hpp"

namespace otatool::cli {
namespace {

constexpr mdns::Millis kPatience{300};

void add_configured(const std::optional<Config>& config, std::set<std::string>& names) {
  if (!config) {
    return;
  }
  for (const auto& [name, device] : config->devices) {
    names.insert(name);
  }
}

}  // namespace

std::vector<std::string> known_targets() {
  std::set<std::string> names;
  if (const auto files = read_config_files()) {
    add_configured(files->project, names);
    add_configured(files->user, names);
  }
  mdns::BrowseOptions options;
  options.timeout = kPatience;
  if (const auto devices = mdns::browse(options)) {
    for (const mdns::Device& device : *devices) {
      names.insert(device.name);
    }
  }
  // Shells read one name a line.
  std::erase_if(names, [](const std::string& name) { return printable(name) != name; });
  return {names.begin(), names.end()};
}

}  // namespace otatool::cli
