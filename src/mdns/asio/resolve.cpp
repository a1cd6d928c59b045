#include "otatool/mdns/resolve.hpp"

#include <algorithm>

namespace otatool::mdns {
namespace {

bool same_host(const Device& left, const Device& right) {
  return std::ranges::any_of(left.addresses, [&right](const DeviceAddress& each) {
    return std::ranges::find(right.addresses, each.ip, &DeviceAddress::ip) != right.addresses.end();
  });
}

/// Espota services first, then other services, then hosts without a service.
int rank(const Device& device) {
  return device.kind == Kind::Espota ? 0 : !device.type.empty() ? 1 : 2;
}

/// Adds a device, or replaces one of the same host that has a higher rank.
void add_host(std::vector<Device>& devices, const Device& device) {
  const auto known = std::ranges::find_if(
      devices, [&device](const Device& each) { return same_host(each, device); });
  if (known == devices.end()) {
    devices.push_back(device);
  } else if (rank(device) < rank(*known)) {
    *known = device;
  }
}

}  // namespace

Result<std::vector<Device>> browse(const BrowseOptions& options, const BrowseObserver& observer) {
  TRY(auto browser, Browser::open(options));
  for (;;) {
    const BrowseEvent event = browser.next();
    if (observer) {
      observer(event);
    }
    if (const auto* failed = std::get_if<BrowseFailed>(&event)) {
      return fail(failed->error);
    }
    if (const auto* ended = std::get_if<BrowseEnded>(&event)) {
      if (ended->interrupted) {
        return fail(Errc::Interrupted, "interrupted while looking for devices");
      }
      return browser.devices();
    }
  }
}

std::vector<Resolution> group_by_name(std::span<const std::string> names,
                                      std::span<const Device> devices) {
  std::vector<Resolution> resolutions;
  for (const std::string& name : names) {
    Resolution& resolution = resolutions.emplace_back(Resolution{.name = name, .devices = {}});
    for (const Device& device : devices) {
      if (answers_to(device, name)) {
        add_host(resolution.devices, device);
      }
    }
  }
  return resolutions;
}

std::vector<Resolution> group_by_host(std::span<const std::string> addresses,
                                      std::span<const Device> devices) {
  std::vector<Resolution> resolutions;
  for (const std::string& address : addresses) {
    Resolution& resolution = resolutions.emplace_back(Resolution{.name = address, .devices = {}});
    for (const Device& device : devices) {
      if (!device.stale && is_at(device, address)) {
        resolution.devices.push_back(device);
      }
    }
  }
  return resolutions;
}

Result<std::vector<Resolution>> ask_hosts(std::span<const std::string> addresses,
                                          BrowseOptions options) {
  if (options.timeout == BrowseOptions().timeout) {
    options.timeout = kAskTimeout;
  }
  options.hosts.assign(addresses.begin(), addresses.end());
  options.names.clear();
  options.count.reset();
  TRY(const auto devices, addresses.empty() ? Result<std::vector<Device>>() : browse(options));
  return group_by_host(addresses, devices);
}

}  // namespace otatool::mdns
