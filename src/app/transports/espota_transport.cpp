#include "app/transports/espota_transport.hpp"

#include <utility>

#include "app/devices/device_facts.hpp"
#include "app/devices/device_identity.hpp"

namespace otatool::app {

bool takes_espota(const mdns::Device& device) {
  return device.kind == mdns::Kind::Espota && device.port != 0 && !device.addresses.empty();
}

Result<delivery::Deliveries> espota_deliveries(const ExaminedFile& file,
                                               std::span<const KnownTarget> targets,
                                               const TransportSettings& settings) {
  std::vector<espota::Target> own;
  for (const KnownTarget& known : targets) {
    espota::Target target = known.target;
    target.tell = teller_of(known, settings.browse);
    if (known.device) {
      target.before = identity_of(*known.device);
      target.takes_patches = ota_txt_of(*known.device).delta == wire::Known::Yes;
    }
    own.push_back(std::move(target));
  }
  return espota::deliveries(file.bytes, own, settings.espota);
}

}  // namespace otatool::app
