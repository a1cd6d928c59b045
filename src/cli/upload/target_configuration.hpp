// Applies the configuration of a device to a target of an upload or push. Options take precedence.
#pragma once

#include "otatool/mdns/device.hpp"
#include "otatool/result.hpp"

#include "app/devices/known_targets.hpp"
#include "cli/frame/invocation.hpp"

namespace otatool::cli {

/// Applies the configuration of the device that the target names. `:PORT` takes precedence too.
/// FileUnreadable for a password file.
[[nodiscard]] Result<void> apply_configuration(const Invocation& invocation,
                                               app::KnownTarget& known);

/// Applies the configuration for the name of a device that discovery found, else for its host.
/// FileUnreadable for a password file.
[[nodiscard]] Result<void> configure_chosen(const Invocation& invocation,
                                            const mdns::Device& device,
                                            app::KnownTarget& known);

}  // namespace otatool::cli
