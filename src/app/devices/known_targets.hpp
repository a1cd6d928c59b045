// The targets of an upload together with the devices that announce themselves there, and the rules
// that match the two. No network, no options.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "otatool/espota/upload.hpp"
#include "otatool/image/layout.hpp"
#include "otatool/mdns/browse.hpp"
#include "otatool/result.hpp"

#include "app/devices/name_search.hpp"
#include "app/transports/way.hpp"

namespace otatool::app {

/// A target, the device that answers for it if one does, and the way to it.
struct KnownTarget {
  espota::Target target;
  std::optional<mdns::Device> device = std::nullopt;
  Way way = {};
  bool chosen = false;                       ///< a search added it, not the user
  std::optional<image::Layout> layout = {};  ///< its own flash layout, if it is known
};

/// Globs, compared without regard to case. An empty list matches every device.
struct DeviceFilter {
  std::vector<std::string> names;   ///< of the instance or the host, with or without `.local`
  std::vector<std::string> boards;  ///< as announced

  [[nodiscard]] bool accepts(const mdns::Device& device) const;
};

struct SearchOptions {
  mdns::BrowseOptions browse;
  std::vector<KnownTarget> targets;  ///< named by the user
  /// Whether to ask the targets that are addresses what device they are.
  bool query_addresses = true;
  /// Adds every device that announces a transport and passes the filter; nothing: only `targets`.
  std::optional<DeviceFilter> choice;
  KnownTarget defaults;  ///< chip and credentials of the devices that `choice` adds
  /// Applies the configuration of a device to the target made for it.
  std::function<Result<void>(const mdns::Device&, KnownTarget&)> configure;
};

/// The only espota device at the target's address and port, or null if there is none or several.
[[nodiscard]] const mdns::Device* espota_device_at(const espota::Target& target,
                                                   std::span<const mdns::Device> devices);

/// Remembers the device, and takes its way, port and chip where the target has none.
void use_device(KnownTarget& known, const mdns::Device& device);

/// Replaces the names of targets by the addresses of the devices found; the system resolves the
/// names without a device later. NotFound if a name belongs to several devices, or if the only
/// target has an mDNS name to which no device answers and that the system does not know either.
[[nodiscard]] Result<void> use_names(std::span<const FoundName> found,
                                     std::vector<KnownTarget>& targets);

/// Adds the devices that `options.choice` accepts and that are no target yet. NotFound if no device
/// is added; fails as `options.configure`.
[[nodiscard]] Result<void> add_chosen(const SearchOptions& options,
                                      std::span<const mdns::Device> devices,
                                      std::vector<KnownTarget>& targets);

}  // namespace otatool::app
