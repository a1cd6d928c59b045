#include "cli/upload/upload_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "otatool/espota/digest.hpp"
#include "otatool/http/form_plan.hpp"

#include "app/transports/form_transport.hpp"
#include "cli/io/error_json.hpp"
#include "cli/io/exit_codes.hpp"

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

std::string plan_text(const espota::TargetPlan& plan, const espota::PortRange& host_ports) {
  return fmt::format("{}: {}, UDP port {}; the device would connect back to {}{}",
                     plan.name,
                     fmt::join(plan.addresses, ", then "),
                     fmt::join(plan.ports, " or "),
                     plan.local_address,
                     ports_text(host_ports));
}

/// One line of the plan.
struct Row {
  nlohmann::json json;
  std::string text;
  std::optional<Error> error = std::nullopt;
};

Row espota_row(const app::KnownTarget& known, const espota::UploadOptions& options) {
  const auto plans = espota::plan_all(std::span(&known.target, 1), options);
  const espota::TargetPlan& plan = plans.front();
  return {plan_json(plan, options.host_ports), plan_text(plan, options.host_ports), plan.error};
}

Row esphome_row(const app::KnownTarget& known) {
  const std::uint16_t port = known.target.port.value_or(wire::default_port(known.target.chip));
  const bool encrypted = known.way.key.has_value();
  return {{{"target", known.target.name},
           {"host", known.target.host},
           {"ports", {port}},
           {"encrypted", encrypted}},
          fmt::format("{}: ESPHome at {}, TCP port {}{}",
                      known.target.name,
                      known.target.host,
                      port,
                      encrypted ? ", encrypted" : "")};
}

Row form_row(const app::KnownTarget& known) {
  const http::Url url = app::form_url(known);
  const bool has_login = known.target.credentials.password.has_value();
  return {
      {{"target", known.target.name},
       {"url", url.text()},
       {"user", has_login ? nlohmann::json(url.user) : nullptr}},
      fmt::format(
          "{}: POST to {}{}", known.target.name, url.text(), has_login ? ", as " + url.user : "")};
}

std::string field_of(const http::PushOptions& options) {
  const http::FormOrder order{.family = options.via.value_or(http::Family::Unknown),
                              .field = options.field,
                              .filesystem = options.filesystem};
  return http::content_of(order).field;
}

Row row_of(const app::KnownTarget& known, const app::TransportSettings& settings) {
  switch (known.way.via) {
    case app::Via::Form:
      return form_row(known);
    case app::Via::Esphome:
      return esphome_row(known);
    case app::Via::Espota:
    case app::Via::Undecided:
      break;
  }
  return espota_row(known, settings.espota);
}

}  // namespace

Result<int> print_upload_plan(Messages& messages,
                              std::span<const app::KnownTarget> targets,
                              const app::TransportSettings& settings,
                              const std::string& path,
                              Bytes image) {
  const std::string md5 = espota::md5_hex(image);
  const bool is_filesystem = settings.espota.command == wire::Command::Filesystem;
  messages.result(fmt::format("{}: {} bytes for the {}, MD5 {}",
                              path,
                              image.size(),
                              is_filesystem ? "filesystem" : "sketch",
                              md5));
  nlohmann::json rows = nlohmann::json::array();
  int exit = 0;
  for (const app::KnownTarget& known : targets) {
    Row row = row_of(known, settings);
    rows.push_back(std::move(row.json));
    if (!row.error) {
      messages.result(row.text);
      continue;
    }
    exit = exit_code(targets.size() == 1 ? row.error->code() : Errc::SomeFailed);
    if (!messages.json()) {
      messages.error(row.error->with_context(known.target.name));
    }
  }
  messages.json_document({{"schema", 1},
                          {"file", path},
                          {"size", image.size()},
                          {"md5", md5},
                          {"filesystem", is_filesystem},
                          {"field", field_of(settings.form)},
                          {"plan", rows}});
  return exit;
}

}  // namespace otatool::cli
