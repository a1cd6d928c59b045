#include "cli/upload/target_configuration.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "otatool/image/layout.hpp"

#include "cli/frame/configured_device.hpp"
#include "cli/frame/secrets.hpp"
#include "cli/upload/target_options.hpp"

namespace otatool::cli {
namespace {

using app::KnownTarget;
using app::Via;

/// True if the option is set for this call. It then takes precedence over the configuration of a
/// device.
bool is_explicit(const Invocation& invocation, std::string_view option) {
  const std::optional<Origin> origin = invocation.origin(option);
  return origin == Origin::CommandLine || origin == Origin::Environment;
}

/// The way of the configuration; a scheme and options take precedence.
Result<void> apply_way(const ConfiguredDevice& device, app::Way& way) {
  if (device.via && !way.family) {
    const auto named = parse_way(*device.via);
    if (!named) {
      return fail(named.error().with_context(device.place));
    }
    way.via = way.via == Via::Undecided ? named->via : way.via;
    way.family = way.via == Via::Form ? named->family : std::nullopt;
  }
  if (device.encryption_key_file && !way.key) {
    auto key = read_encryption_key(*device.encryption_key_file);
    if (!key) {
      return fail(key.error().with_context(device.place));
    }
    way.key = std::move(*key);
  }
  require_encryption(way);
  return {};
}

/// Applies the configuration of a device. Options take precedence.
Result<void> apply(const Invocation& invocation,
                   const ConfiguredDevice& device,
                   KnownTarget& known) {
  espota::Target& target = known.target;
  TRY_VOID(apply_way(device, known.way));
  if (device.port && !is_explicit(invocation, "port")) {
    target.port = device.port;
  }
  if (device.chip && !is_explicit(invocation, "chip")) {
    target.chip = *device.chip;
  }
  if (device.layout && !is_explicit(invocation, "layout")) {
    auto layout = image::find_layout(*device.layout);
    if (!layout) {
      return fail(layout.error().with_context(device.place));
    }
    known.layout = *layout;
  }
  if (!device.password_file || target.credentials.given()) {
    return {};
  }
  auto password = read_secret_file(*device.password_file);
  if (!password) {
    return fail(password.error().with_context(device.place));
  }
  target.credentials = {std::move(*password), std::nullopt};
  return {};
}

/// The configuration for the name of the device, else for its host and port.
const ConfiguredDevice* configuration_of(const Invocation& invocation, const mdns::Device& device) {
  for (const auto& [name, configured] : invocation.devices()) {
    if (mdns::is_named(device, name)) {
      return &configured;
    }
  }
  for (const auto& [name, configured] : invocation.devices()) {
    const bool own_host =
        mdns::is_named(device, configured.host) ||
        std::ranges::find(device.addresses, configured.host, &mdns::DeviceAddress::ip) !=
            device.addresses.end();
    if (own_host && configured.port.value_or(device.port) == device.port) {
      return &configured;
    }
  }
  return nullptr;
}

}  // namespace

Result<void> apply_configuration(const Invocation& invocation, KnownTarget& known) {
  espota::Target& target = known.target;
  const ConfiguredDevice* const device = invocation.device(target.host);
  if (device == nullptr) {
    return {};
  }
  const bool port_written = known.way.url || target.name != target.host;
  const auto own_port = port_written ? target.port : std::nullopt;
  target.host = device->host;
  if (known.way.url) {
    known.way.url->host = device->host;
  }
  auto applied = apply(invocation, *device, known);
  target.port = own_port ? own_port : target.port;
  return applied;
}

Result<void> configure_chosen(const Invocation& invocation,
                              const mdns::Device& device,
                              KnownTarget& known) {
  const ConfiguredDevice* const configured = configuration_of(invocation, device);
  return configured == nullptr ? Result<void>() : apply(invocation, *configured, known);
}

}  // namespace otatool::cli
