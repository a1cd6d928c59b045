#include "cli/upload/upload_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "otatool/espota/digest.hpp"

#include "cli/io/error_json.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/upload/device_hints.hpp"

namespace otatool::cli {
namespace {

nlohmann::json ports_json(const espota::PortRange& ports) {
  return ports.last == 0 ? nlohmann::json()
                         : nlohmann::json({{"first", ports.first}, {"last", ports.last}});
}

std::string ports_text(const espota::PortRange& ports) {
  if (ports.last == 0) {
    return "";
  }
  return ports.first == ports.last ? fmt::format(", TCP port {}", ports.first)
                                   : fmt::format(", TCP ports {}-{}", ports.first, ports.last);
}

nlohmann::json plan_json(const espota::TargetPlan& plan, const espota::PortRange& host_ports) {
  return {{"target", plan.name},
          {"addresses", plan.addresses},
          {"ports", plan.ports},
          {"local", plan.local_address},
          {"host_ports", ports_json(host_ports)},
          {"error", plan.error ? error_json(*plan.error) : nullptr}};
}

void print_target(Messages& messages,
                  const espota::TargetPlan& plan,
                  const espota::PortRange& host_ports) {
  if (plan.error) {
    messages.error(plan.error->with_context(plan.name));
    return;
  }
  messages.result(fmt::format("{}: {}, UDP port {}; the device would connect back to {}{}",
                              plan.name,
                              fmt::join(plan.addresses, ", then "),
                              fmt::join(plan.ports, " or "),
                              plan.local_address,
                              ports_text(host_ports)));
}

}  // namespace

Result<int> print_upload_plan(Messages& messages,
                              std::span<const espota::Target> targets,
                              const espota::UploadOptions& options,
                              const std::string& path,
                              Bytes image) {
  const auto plans = espota::plan_all(targets, options);
  const std::string md5 = espota::md5_hex(image);
  const bool is_filesystem = options.command == wire::Command::Filesystem;
  messages.result(fmt::format("{}: {} bytes for the {}, MD5 {}",
                              path,
                              image.size(),
                              is_filesystem ? "filesystem" : "sketch",
                              md5));
  nlohmann::json rows = nlohmann::json::array();
  int exit = 0;
  for (const espota::TargetPlan& plan : plans) {
    rows.push_back(plan_json(plan, options.host_ports));
    if (!messages.json()) {
      print_target(messages, plan, options.host_ports);
    }
    if (plan.error) {
      exit = exit_code(plans.size() == 1 ? plan.error->code() : Errc::SomeFailed);
    }
  }
  messages.json_document({{"schema", 1},
                          {"file", path},
                          {"size", image.size()},
                          {"md5", md5},
                          {"filesystem", is_filesystem},
                          {"plan", rows}});
  return exit;
}

}  // namespace otatool::cli
