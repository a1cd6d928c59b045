// What a device says in its TXT record that it can do, as a table and as JSON have it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "otatool/mdns/device.hpp"

namespace otatool::cli {

/// `gzip, rsa-sha256 0011223344556677, v0.1.0, 512 KiB free, 4m2m`; empty for stock devices.
[[nodiscard]] std::string capabilities_text(const mdns::Device& device);

/// What is known, each under a name of its own: `gzip`, `signature`, `key_fingerprint`, `version`,
/// `space`, `layout`, `chip`.
[[nodiscard]] nlohmann::json capabilities_json(const mdns::Device& device);

}  // namespace otatool::cli
