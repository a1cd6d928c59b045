// What avahi-daemon says of one service instance, as the records that it was made of.
#pragma once

#include <cstdint>
#include <optional>

#include "mdns/avahi/avahi_library.hpp"
#include "mdns/search/querier.hpp"

namespace otatool::mdns {

/// What the daemon calls one instance, on one interface and family.
struct AvahiInstance {
  AvahiIfIndex interface;
  AvahiProtocol protocol;
  const char* name;
  const char* type;
};

/// What a resolver found of it.
struct AvahiResolved {
  const char* host;
  const AvahiAddress* address;
  std::uint16_t port;
  AvahiStringList* txt;
};

/// `resolved`: null where only the name is known. Nothing when the daemon gives a name that is
/// none.
[[nodiscard]] std::optional<DaemonAnswered> avahi_answer(const AvahiInstance& instance,
                                                         const AvahiResolved* resolved,
                                                         bool cached);

}  // namespace otatool::mdns
