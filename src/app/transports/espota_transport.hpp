// The espota transport of the Arduino cores: an invitation by UDP, a connection back by TCP.
#pragma once

#include "app/transports/transport.hpp"

namespace otatool::app {

[[nodiscard]] Result<delivery::Deliveries> espota_deliveries(const ExaminedFile& file,
                                                             std::span<const KnownTarget> targets,
                                                             const TransportSettings& settings);
[[nodiscard]] bool takes_espota(const mdns::Device& device);

inline constexpr Transport kEspotaTransport = {
    Via::Espota, "espota", takes_espota, espota_deliveries};

}  // namespace otatool::app
