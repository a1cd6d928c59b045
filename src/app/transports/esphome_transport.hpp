// The transport to ESPHome devices: one TCP connection to the device, encrypted if it has a key.
#pragma once

#include "app/transports/transport.hpp"

namespace otatool::app {

[[nodiscard]] Result<delivery::Deliveries> esphome_deliveries(const ExaminedFile& file,
                                                              std::span<const KnownTarget> targets,
                                                              const TransportSettings& settings);
[[nodiscard]] bool takes_esphome(const mdns::Device& device);

inline constexpr Transport kEsphomeTransport = {
    Via::Esphome, "esphome", takes_esphome, esphome_deliveries};

/// The chip that an ESPHome device announces (`platform`, discovery.md 1.2); Unknown if none.
[[nodiscard]] ChipFamily esphome_chip(const mdns::Device& device);

}  // namespace otatool::app
