#include "app/devices/device_identity.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "otatool/espota/digest.hpp"
#include "otatool/http/wled_block.hpp"

#include "app/devices/device_facts.hpp"

namespace otatool::app {
namespace {

/// An ESP32 answers within 110 ms; power save adds to that.
constexpr mdns::Millis kTimeToTell{700};

/// In the descriptor of sketches for the ESP32; its version is that of the core's libraries.
constexpr std::string_view kArduinoProject = "arduino-lib-builder";

Bytes application_of(const ExaminedFile& file) {
  return file.examined.content ? Bytes(file.examined.content_bytes) : Bytes(file.bytes);
}

/// The device at the address that is the target's: by its kind and, for espota, by its port.
const mdns::Device* device_at(const espota::Target& target,
                              Via via,
                              const std::vector<mdns::Device>& devices) {
  const auto is_esphome = [](const mdns::Device& device) {
    return device.kind == mdns::Kind::Esphome;
  };
  if (via == Via::Esphome && std::ranges::count_if(devices, is_esphome) == 1) {
    return &*std::ranges::find_if(devices, is_esphome);
  }
  return espota_device_at(target, devices);
}

}  // namespace

delivery::Identity identity_of(const mdns::Device& device) {
  const char* const key = device.kind == mdns::Kind::Esphome ? "config_hash" : wire::kTxtMd5;
  return {version_of(device), std::string(mdns::txt_value(device, key).value_or(""))};
}

delivery::Tell teller_of(const KnownTarget& known, const mdns::BrowseOptions& browse) {
  espota::Target target;
  if (known.way.via == Via::Espota) {
    target.port = known.target.port;
  }
  mdns::BrowseOptions options;
  options.interfaces = browse.interfaces;
  options.mdns_port = browse.mdns_port;
  options.backend = mdns::Backend::Native;
  options.timeout = kTimeToTell;
  return [target, via = known.way.via, options](
             const std::string& address) mutable -> std::optional<delivery::Identity> {
    target.host = address;
    options.hosts = {address};
    const auto found = mdns::browse(options);
    const mdns::Device* const device = found ? device_at(target, via, *found) : nullptr;
    return device == nullptr ? std::nullopt : std::optional(identity_of(*device));
  };
}

delivery::ImageIdentity image_identity(const ExaminedFile& file, bool filesystem) {
  delivery::ImageIdentity image;
  image.filesystem = filesystem;
  if (filesystem) {
    return image;
  }
  const Bytes application = application_of(file);
  if (const auto wled = http::read_wled_block(application)) {
    image.version = wled->version;
  } else if (const auto& app = file.examined.payload().app;
             app && app->project != kArduinoProject) {
    image.version = app->version;
  }
  image.builds.push_back(espota::md5_hex(application));
  image.mentions = [application](std::string_view version) {
    const std::string_view words = version.substr(0, version.find('('));
    const auto text = as_text(application);
    const std::boyer_moore_horspool_searcher searcher(words.begin(), words.end());
    return std::search(text.begin(), text.end(), searcher) != text.end();
  };
  return image;
}

}  // namespace otatool::app
