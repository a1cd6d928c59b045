// The espota transport: its targets, settings and deliveries.
#pragma once

#include <cstddef>
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
#include "otatool/error.hpp"
#include "otatool/espota/session.hpp"

namespace otatool::espota {

/// The application that a device runs, as it answers (delta.md 4).
struct RunningImage {
  std::uint32_t size = 0;  ///< bytes
  std::string sha256;      ///< of these bytes, 64 lower-case hex digits
};

/// The difference update from that application to the image; nothing if there is none. Takes up to
/// a second.
using PatchFrom =
    std::function<std::optional<std::vector<std::uint8_t>>(const RunningImage& running)>;

struct Target {
  std::string name;                   ///< as the user wrote it; for reports
  std::string host;                   ///< IP literal or name
  std::optional<std::uint16_t> port;  ///< default: by chip, or both defaults
  ChipFamily chip = ChipFamily::Unknown;
  Credentials credentials;
  delivery::Identity before = {};  ///< what the device told about itself
  delivery::Tell tell = {};        ///< asks the device again; empty: it cannot be asked
  bool takes_patches = true;       ///< false: the device is known not to apply difference updates
};

/// Bytes of the app partition of ESP32 boards with the default partition scheme (espota.md 2.1).
inline constexpr std::size_t kDefaultAppPartition = 0x140000;

/// TCP ports of this host for the connection back; {0, 0} lets the system choose.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
};

struct UploadOptions {
  wire::Command command = wire::Command::Flash;
  delivery::LocalEnd local;
  PortRange host_ports;
  AuthPolicy auth;
  Timing timing;
  bool persistent = false;    ///< see Plan
  bool any_peer = false;      ///< accept replies and the connection from any address (NAT)
  bool lockstep = false;      ///< in every attempt; the last retry always uses lock-step
  PatchFrom patch_from = {};  ///< empty: no difference updates
  bool only_patches = false;  ///< never sends the image itself
};

/// One delivery for each target. `image` must outlive them.
[[nodiscard]] delivery::Deliveries deliveries(Bytes image,
                                              std::span<const Target> targets,
                                              const UploadOptions& options);

/// The UDP ports to which invitations go: the target's own, its chip's default, or both defaults.
[[nodiscard]] std::vector<std::uint16_t> device_ports(const Target& target);

/// The first steps of an upload to one target.
struct TargetPlan {
  std::string name;
  std::vector<std::string> addresses;  ///< in the order of the attempts
  std::vector<std::uint16_t> ports;
  std::string local_address;  ///< the device would connect to it
  std::optional<Error> error;
};

/// Resolves the targets and finds the local addresses. Sends nothing to the devices.
[[nodiscard]] std::vector<TargetPlan> plan_all(std::span<const Target> targets,
                                               const UploadOptions& options);

}  // namespace otatool::espota
