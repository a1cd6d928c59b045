#include "cli/discover/device_probe.hpp"

#include <algorithm>

#include "otatool/http/probe.hpp"
#include "otatool/http/url.hpp"

#include "app/transports/transport.hpp"

namespace otatool::cli {
namespace {

constexpr std::size_t kJobs = 32;

/// The port of the web server to ask; 0: the device needs no question.
std::uint16_t web_port(const mdns::Device& device) {
  if (device.stale || mdns::best_address(device).empty()) {
    return 0;
  }
  if (device.kind == mdns::Kind::Http) {
    return device.port == 0 ? http::kHttpPort : device.port;
  }
  return app::via_of(device) == app::Via::Undecided ? http::kHttpPort : 0;
}

mdns::Device device_at(const std::string& address) {
  mdns::Device device;
  device.name = address;
  device.addresses = {{address, "", address.find(':') != std::string::npos}};
  device.port = http::kHttpPort;
  device.kind = mdns::Kind::Http;
  device.heard_from = address;
  return device;
}

}  // namespace

Identities probe_devices(std::span<const std::string> addresses,
                         std::vector<mdns::Device>& devices) {
  std::vector<http::WebHost> hosts;
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (const std::uint16_t port = web_port(devices[i]); port != 0) {
      hosts.push_back({mdns::best_address(devices[i]), port});
      asked.push_back(i);
    }
  }
  const std::size_t known = hosts.size();
  for (const std::string& address : addresses) {
    if (std::ranges::none_of(devices, [&address](const mdns::Device& device) {
          return mdns::is_at(device, address);
        })) {
      hosts.push_back({address, http::kHttpPort});
    }
  }
  const auto answers = http::recognise_hosts(hosts, kJobs);
  Identities identities(devices.size());
  for (std::size_t i = 0; i < known; ++i) {
    identities[asked[i]] = answers[i];
  }
  for (std::size_t i = known; i < hosts.size(); ++i) {
    if (answers[i]) {
      devices.push_back(device_at(hosts[i].address));
      identities.push_back(answers[i]);
    }
  }
  return identities;
}

}  // namespace otatool::cli
