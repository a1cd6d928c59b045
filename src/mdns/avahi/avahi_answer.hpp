// Converts the reports of avahi-daemon about one service instance to DNS records.
#pragma once

#include <cstdint>
#include <optional>

#include "mdns/avahi/avahi_library.hpp"
#include "mdns/search/querier.hpp"

namespace otatool::mdns {

/// One instance on one interface and address family, as the daemon names it.
struct AvahiInstance {
  AvahiIfIndex interface;
  AvahiProtocol protocol;
  const char* name;
  const char* type;
};

/// The result of a resolver for an instance.
struct AvahiResolved {
  const char* host;
  const AvahiAddress* address;
  std::uint16_t port;
  AvahiStringList* txt;
};

/// `resolved`: null if only the name is known. Nothing if the daemon reports an invalid name.
[[nodiscard]] std::optional<DaemonAnswered> avahi_answer(const AvahiInstance& instance,
                                                         const AvahiResolved* resolved,
                                                         bool cached);

}  // namespace otatool::mdns
