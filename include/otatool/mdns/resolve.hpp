// Names and addresses to devices, for those who upload: shortcuts over browse.hpp.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "otatool/mdns/browse.hpp"

namespace otatool::mdns {

/// How long hosts are asked.
inline constexpr Millis kAskTimeout{1'000};

/// The devices of one name or address.
struct Resolution {
  std::string name;             ///< as it was asked for
  std::vector<Device> devices;  ///< none: nobody answered; several: the name is not unique
};

/// What the devices of a search mean for these names: those that answered, one row for a host that
/// offers several services, as espota where it does that.
[[nodiscard]] std::vector<Resolution> group_by_name(std::span<const std::string> names,
                                                    std::span<const Device> devices);
/// The same for addresses that were asked: every service that answered from there or has it.
[[nodiscard]] std::vector<Resolution> group_by_host(std::span<const std::string> addresses,
                                                    std::span<const Device> devices);

/// Asks each address (a literal) by unicast at port 5353 for its services; no multicast is sent.
/// A host that does not answer has no devices, which is no failure. As above in all else.
[[nodiscard]] Result<std::vector<Resolution>> ask_hosts(std::span<const std::string> addresses,
                                                        BrowseOptions options = {});

}  // namespace otatool::mdns
