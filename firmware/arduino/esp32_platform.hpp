// OtatoolOTA on an ESP32: ESP-IDF's partitions, random numbers, Mbed TLS and sockets.
#pragma once

#include <Arduino.h>

#include "otatool/wire/espota.hpp"

#include "firmware/core/package/package_verifier.hpp"
#include "firmware/core/package/patch_applier.hpp"
#include "firmware/core/port.hpp"
#include "firmware/port/esp32/esp32_random.hpp"
#include "firmware/port/esp32/esp32_slot.hpp"
#include "firmware/port/mbedtls/pk_verifier.hpp"
#include "firmware/port/sockets/socket_link.hpp"

namespace otatool::arduino {

class Platform {
 public:
  using Link = firmware::SocketLink;
  using Verifier = firmware::PkVerifier;
  static constexpr uint16_t kPort = 3232;
#if ESP_ARDUINO_VERSION >= ESP_ARDUINO_VERSION_VAL(3, 3, 1)
  static constexpr wire::AuthHash kHash = wire::AuthHash::Sha256;
#else
  static constexpr wire::AuthHash kHash = wire::AuthHash::Md5;
#endif

  Platform() : map_(slot_.map()) {}
  /// False if the flash has no room for updates.
  bool usable() const {
    return slot_.usable();
  }
  firmware::Flash& flash() {
    return slot_;
  }
  const firmware::FlashMap& map() const {
    return map_;
  }
  firmware::Installer& installer() {
    return slot_;
  }
  firmware::Random& random() {
    return random_;
  }
  firmware::PackageVerifier* packages() {
    return nullptr;
  }
  firmware::PatchApplier* patches() {
    return nullptr;
  }

  static uint32_t now() {
    return static_cast<uint32_t>(millis());
  }
  static String hostname();
  static void begin_mdns(const char* hostname, uint16_t port, bool password);
  static void end_mdns();
  static void poll_mdns() {}

 private:
  firmware::Esp32Slot slot_;
  firmware::FlashMap map_;
  firmware::Esp32Random random_;
};

}  // namespace otatool::arduino
