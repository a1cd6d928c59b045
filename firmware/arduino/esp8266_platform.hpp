// OtatoolOTA on an ESP8266: the Arduino core's flash, random numbers, BearSSL, mDNS and lwIP.
#pragma once

#include <Arduino.h>
#include <BearSSLHelpers.h>

#include "otatool/wire/espota.hpp"

#include "firmware/arduino/heap_patches.hpp"
#include "firmware/core/boot/eboot_installer.hpp"
#include "firmware/core/package/package_verifier.hpp"
#include "firmware/core/port.hpp"
#include "firmware/port/lwip/lwip_link.hpp"

namespace otatool::arduino {

class CoreFlash final : public firmware::Flash {
 public:
  uint32_t size() const override { return ESP.getFlashChipSize(); }
  bool erase_sector(uint32_t offset) override;
  bool write(uint32_t offset, const void* bytes, uint32_t length) override;
  bool read(uint32_t offset, void* bytes, uint32_t length) override;
};

class CoreRandom final : public firmware::Random {
 public:
  void fill(uint8_t* bytes, size_t length) override;
};

/// Verifies on the core's second stack: a sketch's own of 4 KiB is too small for RSA. The core's
/// SigningVerifier is not used: in some releases it compares more bytes than a digest has.
class CoreVerifier final : public firmware::SignatureVerifier {
 public:
  explicit CoreVerifier(const char* pem) {
    if (*pem != '\0') {
      key_.parse(pem);
    }
  }
  uint32_t signature_length() const override;
  firmware::UpdateError verify(const uint8_t* digest, const uint8_t* signature) override;

 private:
  BearSSL::PublicKey key_;
};

/// Takes the 34 KiB for unpacking from the heap, only while it verifies.
class HeapPackageVerifier final : public firmware::PackageVerifier {
 public:
  firmware::UpdateError verify(firmware::Flash& flash,
                               uint32_t offset,
                               uint32_t size,
                               uint32_t limit,
                               firmware::IncomingRules& rules) override;
  uint32_t unpacked_size() const override { return unpacked_size_; }

 private:
  uint32_t unpacked_size_ = 0;
};

class Platform {
 public:
  using Link = firmware::LwipLink;
  using Verifier = CoreVerifier;
  static constexpr uint16_t kPort = 8266;
  static constexpr wire::AuthHash kHash = wire::AuthHash::Md5;

  Platform();
  /// False if the flash has no room for updates.
  bool usable() const { return usable_; }
  firmware::Flash& flash() { return flash_; }
  const firmware::FlashMap& map() const { return map_; }
  firmware::Installer& installer() { return installer_; }
  firmware::Random& random() { return random_; }
  firmware::PackageVerifier* packages() { return &packages_; }
  firmware::PatchApplier* patches() { return &patches_; }

  static uint32_t now() { return millis(); }
  static String hostname();
  static void begin_mdns(const char* hostname, uint16_t port, bool password);
  static void end_mdns();
  static void poll_mdns();

 private:
  static firmware::FlashMap read_map(bool& usable);

  bool usable_ = false;
  CoreFlash flash_;
  firmware::FlashMap map_;
  uint32_t running_size_;
  firmware::EbootInstaller installer_;
  CoreRandom random_;
  HeapPackageVerifier packages_;
  HeapPatchApplier patches_;
};

}  // namespace otatool::arduino
