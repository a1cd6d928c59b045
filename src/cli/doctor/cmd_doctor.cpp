#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "otatool/doctor/findings.hpp"
#include "otatool/doctor/probe.hpp"
#include "otatool/espota/target_list.hpp"
#include "otatool/espota/upload.hpp"
#include "otatool/http/family.hpp"
#include "otatool/mdns/resolve.hpp"

#include "app/devices/device_facts.hpp"
#include "app/devices/host_kind.hpp"
#include "app/devices/name_search.hpp"
#include "cli/discover/browse_log.hpp"
#include "cli/discover/browse_options.hpp"
#include "cli/discover/capabilities.hpp"
#include "cli/discover/device_probe.hpp"
#include "cli/doctor/advice.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kDoctorExamples = {
    Example{"otatool doctor", "test this computer"},
    Example{"otatool doctor 192.168.1.7", "test one device too"},
    Example{"otatool doctor kitchen.local --json", "by name, with JSON output"},
};

constexpr std::array kDoctorOptions = {
    kInterfaceOption,
    kBackendOption,
    kMdnsPortOption,
};

/// The API of ESPHome, and the ports of its update protocol.
constexpr std::array<std::uint16_t, 3> kTcpPorts = {6053, wire::kEsp8266Port, wire::kEsp32Port};

/// The device to examine.
struct Subject {
  std::string name;  ///< as the user wrote it
  espota::HostPort host;
};

/// From HOST[:PORT], or from the device of that name in the configuration.
Result<Subject> subject_of(const Invocation& invocation, const std::string& text) {
  TRY(auto host, espota::parse_host_port(text));
  if (const ConfiguredDevice* const device = invocation.device(host.host)) {
    host.host = device->host;
    if (!host.port) {
      host.port = device->port;
    }
  }
  return Subject{text, std::move(host)};
}

/// Fills in the addresses, or the reason why there are none, or the namesakes.
Result<void> locate(Messages& messages,
                    const std::string& host,
                    const mdns::BrowseOptions& search,
                    doctor::HostFacts& facts) {
  const app::NameKind kind = app::kind_of_name(host);
  if (kind == app::NameKind::Address) {
    facts.addresses = {host};
    return {};
  }
  bool system_may_know = true;
  if (app::may_be_mdns(host)) {
    const std::array names = {host};
    TRY(const auto found, app::find_names(names, search, browse_logger(messages)));
    if (found.front().devices.size() > 1) {
      std::ranges::transform(
          found.front().devices, std::back_inserter(facts.namesakes), app::describe_device);
      return {};
    }
    for (const mdns::Device& device : found.front().devices) {
      std::ranges::transform(
          device.addresses, std::back_inserter(facts.addresses), &mdns::DeviceAddress::ip);
    }
    system_may_know = kind != app::NameKind::Mdns || found.front().resolves;
  }
  if (facts.addresses.empty() && !system_may_know) {
    facts.resolve_failure = "no device answers to this name";
  } else if (facts.addresses.empty()) {
    espota::Target target;
    target.name = host;
    target.host = host;
    const auto plans = espota::plan_all(std::span(&target, 1), espota::UploadOptions());
    facts.addresses = plans.front().addresses;
    if (facts.addresses.empty()) {
      facts.resolve_failure = plans.front().error ? plans.front().error->message() : "no address";
    }
  }
  return {};
}

/// Fills in the address of this computer to which the device would connect back, and its interface.
void find_local_address(const doctor::LocalFacts& local, doctor::HostFacts& facts) {
  espota::Target target;
  target.name = facts.address;
  target.host = facts.address;
  const auto plans = espota::plan_all(std::span(&target, 1), espota::UploadOptions());
  facts.local_address = plans.front().local_address;
  if (facts.local_address.empty()) {
    return;
  }
  const std::string plain = facts.local_address.substr(0, facts.local_address.find('%'));
  for (const doctor::InterfaceFacts& interface : local.interfaces) {
    if (std::ranges::find(interface.addresses, plain) != interface.addresses.end()) {
      facts.interface = interface.name;
    }
  }
  facts.listener = doctor::test_listener(facts.local_address);
}

std::vector<doctor::AnnouncedService> announced_services(std::span<const mdns::Device> devices) {
  std::vector<doctor::AnnouncedService> services;
  for (const mdns::Device& device : devices) {
    if (!device.type.empty()) {
      services.push_back({device.name,
                          device.type,
                          device.port,
                          device.board,
                          device.auth,
                          capabilities_text(device)});
    }
  }
  return services;
}

std::vector<std::uint16_t> espota_ports(const espota::HostPort& host,
                                        const doctor::HostFacts& facts) {
  std::vector<std::uint16_t> ports;
  const auto add = [&ports](std::uint16_t port) {
    if (std::ranges::find(ports, port) == ports.end()) {
      ports.push_back(port);
    }
  };
  if (host.port) {
    add(*host.port);
  }
  for (const doctor::AnnouncedService& service : facts.services) {
    if (service.type == mdns::kArduinoType && service.port != 0) {
      add(service.port);
    }
  }
  if (ports.empty()) {
    add(wire::kEsp8266Port);
    add(wire::kEsp32Port);
  }
  return ports;
}

/// What the web server at this address runs, by look-ups that change nothing.
std::optional<doctor::WebFirmware> web_firmware(const std::string& address,
                                                std::vector<mdns::Device> devices) {
  const std::array addresses = {address};
  const Identities identities = probe_devices(addresses, devices);
  for (std::size_t i = 0; i < identities.size(); ++i) {
    if (const auto& device = identities[i]) {
      const std::string version = device->version.empty() ? "" : " " + device->version;
      return doctor::WebFirmware{devices[i].port,
                                 std::string(http::title(device->family)) + version,
                                 http::is_definite(device->family)};
    }
  }
  return std::nullopt;
}

Result<doctor::HostFacts> examine(Messages& messages,
                                  const Subject& subject,
                                  const doctor::LocalFacts& local,
                                  const mdns::BrowseOptions& search) {
  doctor::HostFacts facts;
  facts.name = subject.name;
  TRY_VOID(locate(messages, subject.host.host, search, facts));
  if (facts.resolve_failure || !facts.namesakes.empty()) {
    return facts;
  }
  facts.address = facts.addresses.front();
  find_local_address(local, facts);
  if (facts.local_address.empty()) {
    return facts;
  }
  const std::array hosts = {facts.address};
  const auto asked = mdns::ask_hosts(hosts, search);
  if (!asked && asked.error().code() == Errc::Interrupted) {
    return fail(asked.error());
  }
  std::vector<mdns::Device> devices;
  if (asked) {
    devices = asked->front().devices;
    facts.services = announced_services(devices);
  }
  facts.web = web_firmware(facts.address, std::move(devices));
  auto probes = doctor::probe_ports(
      facts.address, espota_ports(subject.host, facts), {kTcpPorts.begin(), kTcpPorts.end()});
  facts.udp = std::move(probes.udp);
  facts.tcp = std::move(probes.tcp);
  return facts;
}

Style style_of(doctor::Verdict verdict) {
  switch (verdict) {
    case doctor::Verdict::Ok:
      return Style::Green;
    case doctor::Verdict::Note:
      break;
    case doctor::Verdict::Warning:
      return Style::Yellow;
    case doctor::Verdict::Failed:
      return Style::Red;
  }
  return Style::Plain;
}

void print(Messages& messages, const doctor::Finding& finding, const std::string& advice) {
  const std::string line =
      fmt::format("{:<8} {}: {}", to_string(finding.verdict), finding.tested, finding.result);
  messages.result(line, style_of(finding.verdict));
  if (!advice.empty()) {
    messages.result(fmt::format("{:<8} to do: {}", "", advice));
  }
}

int report(Messages& messages,
           std::string_view host,
           std::span<const doctor::Finding> findings,
           const AdviceContext& context) {
  int exit = kSuccess;
  nlohmann::json rows = nlohmann::json::array();
  for (const doctor::Finding& finding : findings) {
    if (exit == kSuccess && finding.verdict == doctor::Verdict::Failed) {
      exit = exit_code(finding.code.value_or(Errc::Internal));
    }
    const std::string advice =
        advice_text(finding.advice, {context.firewall, context.device, finding.chain});
    print(messages, finding, advice);
    rows.push_back({{"check", finding.check},
                    {"verdict", to_string(finding.verdict)},
                    {"tested", finding.tested},
                    {"result", finding.result},
                    {"advice", advice.empty() ? nullptr : nlohmann::json(advice)}});
  }
  messages.json_document({{"schema", 1},
                          {"host", host.empty() ? nlohmann::json() : nlohmann::json(host)},
                          {"findings", rows},
                          {"exit", exit}});
  return exit;
}

Result<int> run_doctor(Invocation& invocation) {
  TRY(const mdns::BrowseOptions search, browse_options(invocation));
  if (invocation.arguments().empty()) {
    const auto local = doctor::examine_this_computer(search.mdns_port);
    return report(
        invocation.messages(), {}, doctor::local_findings(local), {local.firewall, {}, {}});
  }
  TRY(const auto subject, subject_of(invocation, invocation.arguments().front()));
  const auto local = doctor::examine_this_computer(search.mdns_port);
  TRY(const auto facts, examine(invocation.messages(), subject, local, search));
  auto findings = doctor::local_findings(local);
  std::ranges::move(doctor::host_findings(facts, local), std::back_inserter(findings));
  return report(invocation.messages(), subject.name, findings, {local.firewall, facts.address, {}});
}

}  // namespace

const Command kDoctorCommand = {
    .name = "doctor",
    .summary = "find out why an upload would fail",
    .arguments = "[HOST]",
    .examples = kDoctorExamples,
    .options = kDoctorOptions,
    .run = run_doctor,
    .max_arguments = 1,
};

}  // namespace otatool::cli
