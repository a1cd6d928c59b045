#include "app/devices/known_targets.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "otatool/ascii.hpp"
#include "otatool/glob.hpp"

#include "app/devices/device_facts.hpp"
#include "app/devices/host_kind.hpp"
#include "app/transports/esphome_transport.hpp"
#include "app/transports/espota_transport.hpp"
#include "app/transports/form_transport.hpp"
#include "app/transports/transport.hpp"

namespace otatool::app {
namespace {

bool matches_any(const std::vector<std::string>& globs, const auto& matches) {
  return globs.empty() || std::ranges::any_of(globs, matches);
}

Error ambiguous(const std::string& name, const std::vector<mdns::Device>& devices) {
  std::vector<std::string> texts;
  std::ranges::transform(devices, std::back_inserter(texts), describe_device);
  return {Errc::NotFound,
          fmt::format(
              "'{}' is the name of {} devices: {}", name, devices.size(), fmt::join(texts, ", "))};
}

/// The place of the device's transport in the table of transports.
std::size_t rank_of(const mdns::Device& device) {
  const auto all = transports();
  const auto first = std::ranges::find_if(
      all, [&device](const Transport& transport) { return transport.announced_by(device); });
  return static_cast<std::size_t>(first - all.begin());
}

/// True if the services are of one host. Two devices may have the same host name.
bool share_host(const mdns::Device& one, const mdns::Device& other) {
  return one.host == other.host &&
         std::ranges::any_of(one.addresses, [&other](const mdns::DeviceAddress& address) {
           return std::ranges::find(other.addresses, address) != other.addresses.end();
         });
}

/// The device of those that answer to one name. Several services of one host are one device, and
/// the first transport counts. Null for several hosts.
const mdns::Device* only_device(const std::vector<mdns::Device>& devices) {
  const mdns::Device& first = devices.front();
  const bool one_host = std::ranges::all_of(
      devices, [&first](const mdns::Device& device) { return share_host(first, device); });
  if (devices.size() > 1 && !one_host) {
    return nullptr;
  }
  return &*std::ranges::min_element(devices, {}, rank_of);
}

/// A target without a port is the whole device. ESPHome announces another port than that of its
/// updates.
bool is_target(const mdns::Device& device, std::span<const KnownTarget> targets) {
  const std::string address = mdns::best_address(device);
  const bool esphome = takes_esphome(device);
  return std::ranges::any_of(targets, [&](const KnownTarget& known) {
    const auto& port = known.target.port;
    return known.target.host == address &&
           (!port || port == device.port || (esphome && known.way.via == Via::Esphome));
  });
}

}  // namespace

bool DeviceFilter::accepts(const mdns::Device& device) const {
  return matches_any(
             names,
             [&](const std::string& glob) { return mdns::name_matches_glob(device, glob); }) &&
         matches_any(boards, [&](const std::string& glob) {
           return matches_glob(lower_case(device.board), lower_case(glob));
         });
}

const mdns::Device* espota_device_at(const espota::Target& target,
                                     std::span<const mdns::Device> devices) {
  const mdns::Device* found = nullptr;
  for (const mdns::Device& device : devices) {
    const bool other_port = target.port && *target.port != device.port;
    if (device.stale || !mdns::is_at(device, target.host) || !takes_espota(device) || other_port) {
      continue;
    }
    if (found != nullptr) {
      return nullptr;
    }
    found = &device;
  }
  return found;
}

void use_device(KnownTarget& known, const mdns::Device& device) {
  espota::Target& target = known.target;
  if (known.way.via == Via::Undecided) {
    known.way.via = via_of(device);
    known.way.announced = true;
  }
  const bool own_port = (known.way.via == Via::Espota && takes_espota(device)) ||
                        (known.way.via == Via::Form && takes_form(device));
  if (!target.port && own_port) {
    target.port = device.port;
  }
  if (target.chip == ChipFamily::Unknown) {
    target.chip = known.way.via == Via::Esphome ? esphome_chip(device) : ota_txt_of(device).chip;
  }
  known.device = device;
}

Result<void> use_names(std::span<const FoundName> found, std::vector<KnownTarget>& targets) {
  for (KnownTarget& known : targets) {
    const auto named = std::ranges::find(found, known.target.host, &FoundName::name);
    if (named == found.end()) {
      continue;
    }
    const std::vector<mdns::Device>& devices = named->devices;
    if (!devices.empty()) {
      const mdns::Device* const device = only_device(devices);
      if (device == nullptr) {
        return fail(ambiguous(known.target.name, devices));
      }
      use_device(known, *device);
      known.target.host = mdns::best_address(*device);
    } else if (targets.size() == 1 && !named->resolves &&
               kind_of_name(known.target.host) == NameKind::Mdns) {
      return fail(Errc::NotFound,
                  fmt::format("no device answers to the name '{}'", known.target.name));
    }
  }
  return {};
}

Result<void> add_chosen(const SearchOptions& options,
                        std::span<const mdns::Device> devices,
                        std::vector<KnownTarget>& targets) {
  const std::size_t named = targets.size();
  for (const mdns::Device& device : devices) {
    const bool has_better = std::ranges::any_of(devices, [&device](const mdns::Device& other) {
      return !other.stale && rank_of(other) < rank_of(device) && share_host(other, device);
    });
    if (has_better || device.stale || via_of(device) == Via::Undecided ||
        !options.choice->accepts(device) || is_target(device, targets)) {
      continue;
    }
    KnownTarget chosen{options.defaults};
    chosen.chosen = true;
    chosen.target.name = device.name;
    chosen.target.host = mdns::best_address(device);
    chosen.target.port.reset();
    TRY_VOID(options.configure(device, chosen));
    use_device(chosen, device);
    targets.push_back(std::move(chosen));
  }
  if (targets.size() == named) {
    return fail(Errc::NotFound,
                devices.empty()
                    ? std::string("no device was found")
                    : fmt::format("none of the {} devices found matches", devices.size()));
  }
  return {};
}

}  // namespace otatool::app
