// The transport to ESPHome devices: its targets, settings and deliveries.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/chip_family.hpp"
#include "otatool/delivery/deliver.hpp"
#include "otatool/delivery/identity.hpp"
#include "otatool/delivery/local_end.hpp"
#include "otatool/esphome/encryption_key.hpp"
#include "otatool/esphome/session.hpp"
#include "otatool/result.hpp"
#include "otatool/secret.hpp"

namespace otatool::esphome {

struct Target {
  std::string name;                   ///< as the user wrote it; for reports
  std::string host;                   ///< IP literal or name
  std::optional<std::uint16_t> port;  ///< default: that of the chip (esphome-ota.md 1)
  ChipFamily chip = ChipFamily::Unknown;
  std::optional<Secret> password = {};
  std::optional<EncryptionKey> key = {};
  /// Addresses to connect to, in this order; empty: resolve `host`.
  std::vector<std::string> addresses = {};
  delivery::Identity before = {};  ///< what the device told about itself
  delivery::Tell tell = {};        ///< asks the device again; empty: it cannot be asked
};

struct Image {
  Bytes bytes;
  bool packed = false;  ///< `bytes` are gzip already: only for devices that ask for gzip
  /// Packs `bytes`; called once, when the first device asks for gzip. Without it gzip is not
  /// offered.
  std::function<Result<std::vector<std::uint8_t>>(Bytes)> pack = {};
};

struct Options {
  bool require_sha256 = false;  ///< see Plan
  bool lockstep = false;        ///< see Plan; the last attempt always does so
  Timing timing;
  delivery::LocalEnd local = {};
};

/// One delivery for each target. The bytes of `image` must outlive them.
[[nodiscard]] delivery::Deliveries deliveries(const Image& image,
                                              std::span<const Target> targets,
                                              const Options& options);

}  // namespace otatool::esphome
