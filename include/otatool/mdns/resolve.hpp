// Resolves names and addresses to devices: shortcuts over browse.hpp.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "otatool/mdns/browse.hpp"

namespace otatool::mdns {

/// How long ask_hosts() waits for answers.
inline constexpr Millis kAskTimeout{1'000};

/// The devices of one name or address.
struct Resolution {
  std::string name;             ///< as the caller wrote it
  std::vector<Device> devices;  ///< none: no answer; several: the name is ambiguous
};

/// Sorts the devices that have answered by these names. A host with several services counts as one
/// device: its espota service if there is one.
[[nodiscard]] std::vector<Resolution> group_by_name(std::span<const std::string> names,
                                                    std::span<const Device> devices);
/// Sorts the services that have answered by these addresses, without merging those of a host.
[[nodiscard]] std::vector<Resolution> group_by_host(std::span<const std::string> addresses,
                                                    std::span<const Device> devices);

/// Asks each IP literal by unicast for its services and sends no multicast. A host that does not
/// answer has no devices. Fails as browse().
[[nodiscard]] Result<std::vector<Resolution>> ask_hosts(std::span<const std::string> addresses,
                                                        BrowseOptions options = {});

}  // namespace otatool::mdns
