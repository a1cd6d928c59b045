#include "app/transports/esphome_transport.hpp"

#include "otatool/ascii.hpp"
#include "otatool/gzip/pack.hpp"

#include "app/devices/device_identity.hpp"
#include "app/release/release.hpp"

namespace otatool::app {
namespace {

esphome::Target esphome_target(const KnownTarget& known, const mdns::BrowseOptions& browse) {
  esphome::Target target;
  target.name = known.target.name;
  target.host = known.target.host;
  target.port = known.target.port;
  target.chip = known.target.chip;
  target.password = known.target.credentials.password;
  target.key = known.way.key;
  target.tell = teller_of(known, browse);
  if (known.device) {
    target.before = identity_of(*known.device);
    for (const mdns::DeviceAddress& address : known.device->addresses) {
      target.addresses.push_back(address.ip);
    }
  }
  return target;
}

}  // namespace

bool takes_esphome(const mdns::Device& device) {
  return device.kind == mdns::Kind::Esphome && !device.addresses.empty();
}

ChipFamily esphome_chip(const mdns::Device& device) {
  const std::string platform = lower_case(mdns::txt_value(device, "platform").value_or(""));
  if (platform == "esp8266") {
    return ChipFamily::Esp8266;
  }
  return platform == "esp32" ? ChipFamily::Esp32 : ChipFamily::Unknown;
}

Result<delivery::Deliveries> esphome_deliveries(const ExaminedFile& file,
                                                std::span<const KnownTarget> targets,
                                                const TransportSettings& settings) {
  esphome::Image image{file.bytes, file.examined.package.has_value()};
  if (is_packable(file, false)) {
    image.pack = [](Bytes bytes) { return gzip::pack(bytes); };
  }
  std::vector<esphome::Target> own;
  for (const KnownTarget& known : targets) {
    own.push_back(esphome_target(known, settings.browse));
  }
  return esphome::deliveries(image, own, settings.esphome);
}

}  // namespace otatool::app
