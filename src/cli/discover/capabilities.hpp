// The capabilities that a device announces in its TXT record, as text and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "otatool/mdns/device.hpp"

namespace otatool::cli {

/// `gzip, rsa-sha256 0011223344556677, v0.1.0, 512 KiB free, 4m2m`; empty for stock devices.
[[nodiscard]] std::string capabilities_text(const mdns::Device& device);

/// The known ones of `gzip`, `signature`, `key_fingerprint`, `version`,
/// `space`, `layout`, `chip`.
[[nodiscard]] nlohmann::json capabilities_json(const mdns::Device& device);

}  // namespace otatool::cli
