#include "app/devices/known_targets.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "otatool/ascii.hpp"
#include "otatool/glob.hpp"

#include "app/devices/device_facts.hpp"
#include "app/devices/host_kind.hpp"

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

bool is_target(const mdns::Device& device, std::span<const KnownTarget> targets) {
  const std::string address = mdns::best_address(device);
  return std::ranges::any_of(targets, [&](const KnownTarget& known) {
    return known.target.host == address && known.target.port == device.port;
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
  if (!target.port && device.port != 0 && device.kind == mdns::Kind::Espota) {
    target.port = device.port;
  }
  if (target.chip == ChipFamily::Unknown) {
    target.chip = ota_txt_of(device).chip;
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
    if (devices.size() > 1) {
      return fail(ambiguous(known.target.name, devices));
    }
    if (devices.size() == 1) {
      use_device(known, devices.front());
      known.target.host = mdns::best_address(devices.front());
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
    if (device.stale || !takes_espota(device) || !options.choice->accepts(device) ||
        is_target(device, targets)) {
      continue;
    }
    KnownTarget chosen{options.defaults, std::nullopt};
    chosen.target.name = device.name;
    chosen.target.host = mdns::best_address(device);
    chosen.target.port = device.port;
    TRY_VOID(options.configure(device, chosen.target));
    use_device(chosen, device);
    targets.push_back(std::move(chosen));
  }
  if (targets.size() == named) {
    return fail(Errc::NotFound,
                fmt::format("none of the {} devices found matches", devices.size()));
  }
  return {};
}

}  // namespace otatool::app
