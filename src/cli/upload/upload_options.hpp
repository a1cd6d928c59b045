// Reads the options of an upload that apply to all targets.
#pragma once

#include <span>
#include <string>

#include "otatool/delivery/deliver.hpp"
#include "otatool/delivery/local_end.hpp"
#include "otatool/esphome/upload.hpp"
#include "otatool/espota/upload.hpp"
#include "otatool/result.hpp"

#include "app/devices/known_targets.hpp"
#include "cli/frame/command.hpp"
#include "cli/frame/invocation.hpp"

namespace otatool::cli {

inline constexpr Option kBindOption = {
    .name = "bind", .value = "ADDR", .help = "local address (default: that of the route)"};

/// The values of `bind` and of a single `iface`. Usage.
[[nodiscard]] Result<delivery::LocalEnd> read_local_end(Invocation& invocation);

/// Times, ports and authentication. Fails with Usage.
[[nodiscard]] Result<espota::UploadOptions> read_upload_options(Invocation& invocation);

/// The options of `options` that also hold for ESPHome devices.
[[nodiscard]] esphome::Options read_esphome_options(const espota::UploadOptions& options);

/// The values of `retries` and `jobs`, with no more jobs than `options.host_ports` has ports.
/// Usage.
[[nodiscard]] Result<delivery::PoolOptions> read_upload_pool(Invocation& invocation,
                                                             const espota::UploadOptions& options);

/// Usage if a target and `bind_address` are addresses of different families. Accepts every name,
/// and every target if `bind_address` is empty.
[[nodiscard]] Result<void> check_bind_address(const std::string& bind_address,
                                              std::span<const app::KnownTarget> targets);

}  // namespace otatool::cli
