#include "mdns/search/search_plan.hpp"

#include <algorithm>

namespace otatool::mdns {
namespace {

Result<Name> service_type(const std::string& text) {
  TRY(auto name, Name::parse(text));
  std::vector<std::string> labels = name.labels();
  if (labels.size() == 3 && same_text(labels.back(), "local")) {
    labels.pop_back();
  }
  const bool sound = labels.size() == 2 && labels[0].size() > 1 && labels[0].starts_with('_') &&
                     (same_text(labels[1], "_tcp") || same_text(labels[1], "_udp"));
  if (!sound) {
    return fail(Errc::Usage, "'" + text + "' is not a service type like _arduino._tcp");
  }
  labels.emplace_back("local");
  return Name::from_labels(std::move(labels));
}

}  // namespace

Result<Querier::Plan> plan_search(const BrowseOptions& options) {
  Querier::Plan plan;
  for (const std::string& text : options.types) {
    TRY(auto type, service_type(text));
    if (std::ranges::find(plan.types, type) == plan.types.end()) {
      plan.types.push_back(std::move(type));
    }
  }
  plan.names = options.names;
  plan.hosts = options.hosts;
  plan.only_updatable_http = options.only_updatable_http;
  plan.count = options.count;
  plan.timeout = options.timeout;
  plan.watch = options.watch;
  return plan;
}

}  // namespace otatool::mdns
