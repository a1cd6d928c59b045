#include "firmware/arduino/esp8266_platform.hpp"

#include <ESP8266mDNS.h>
#include <StackThunk.h>
#include <flash_hal.h>
#include <new>
#include <stdio.h>
#include <string.h>

#include "otatool/wire/eboot_command.hpp"
#include "otatool/wire/ota_txt.hpp"

#include "firmware/arduino/linker_map.hpp"

extern "C" {

/// Writes the digest that the signature holds, 32 bytes; false if it holds none.
bool otatool_open_signature(const br_rsa_public_key* key,
                            const uint8_t* signature,
                            uint8_t* digest) {
  return br_rsa_pkcs1_vrfy_get_default()(signature,
                                         key->nlen,
                                         BR_HASH_OID_SHA256,
                                         otatool::firmware::Sha256::kDigestLength,
                                         key,
                                         digest) == 1;
}

make_stack_thunk(otatool_open_signature);
bool thunk_otatool_open_signature(const br_rsa_public_key* key,
                                  const uint8_t* signature,
                                  uint8_t* digest);
}

namespace otatool::arduino {
namespace {

/// The core's second stack, which stack_thunk_add_ref() takes from the heap without a check.
constexpr uint32_t kSecondStackBytes = 6400;

/// The boot mode that the chip's pins have selected at its last reset.
constexpr uint32_t kProgrammingByCable = 1;

}  // namespace

// Each call lets the SDK work, which also feeds its watchdog.

bool CoreFlash::erase_sector(uint32_t offset) {
  yield();
  return ESP.flashEraseSector(offset / firmware::kSectorSize);
}

bool CoreFlash::write(uint32_t offset, const void* bytes, uint32_t length) {
  optimistic_yield(10000);
  return ESP.flashWrite(offset, const_cast<uint32_t*>(static_cast<const uint32_t*>(bytes)), length);
}

bool CoreFlash::read(uint32_t offset, void* bytes, uint32_t length) {
  optimistic_yield(10000);
  return ESP.flashRead(offset, static_cast<uint32_t*>(bytes), length);
}

void CoreRandom::fill(uint8_t* bytes, size_t length) {
  ESP.random(bytes, length);
}

uint32_t CoreVerifier::signature_length() const {
  return key_.isRSA() ? static_cast<uint32_t>(key_.getRSA()->nlen) : 0;
}

firmware::UpdateError CoreVerifier::verify(const uint8_t* digest, const uint8_t* signature) {
  uint8_t signed_digest[firmware::Sha256::kDigestLength];
  if (ESP.getMaxFreeBlockSize() < kSecondStackBytes) {
    return firmware::UpdateError::OutOfMemory;
  }
  stack_thunk_add_ref();
  const bool opened = thunk_otatool_open_signature(key_.getRSA(), signature, signed_digest);
  stack_thunk_del_ref();
  return opened && memcmp(signed_digest, digest, sizeof(signed_digest)) == 0
             ? firmware::UpdateError::None
             : firmware::UpdateError::SignatureWrong;
}

firmware::UpdateError HeapPackageVerifier::verify(firmware::Flash& flash,
                                                  uint32_t offset,
                                                  uint32_t size,
                                                  uint32_t limit,
                                                  firmware::IncomingRules& rules) {
  firmware::UpdateError error = firmware::UpdateError::OutOfMemory;
  auto* const window = new (std::nothrow) uint8_t[firmware::Inflater::kWindowBytes];
  auto* const inflater = new (std::nothrow) firmware::Inflater(window);
  if (window != nullptr && inflater != nullptr) {
    firmware::GzipPackageVerifier verifier(*inflater);
    error = verifier.verify(flash, offset, size, limit, rules);
    unpacked_size_ = verifier.unpacked_size();
  }
  delete inflater;
  delete[] window;
  return error;
}

Platform::Platform()
    : map_(read_map(usable_)),
      running_size_(firmware::application_size(flash_, map_, firmware::kEsp8266Traits)),
      installer_(map_,
                 running_size_,
                 reinterpret_cast<volatile uint32_t*>(wire::kEbootCommandAddress),
                 (GPI >> 16 & 0xF) != kProgrammingByCable),
      patches_(flash_, map_, running_size_) {}

firmware::FlashMap Platform::read_map(bool& usable) {
  firmware::FlashMap map{};
  usable = linker_flash_map(static_cast<uint32_t>(FS_start),
                            static_cast<uint32_t>(FS_end),
                            static_cast<uint32_t>(EEPROM_start),
                            map);
  return map;
}

String Platform::hostname() {
  char name[15];
  snprintf(name, sizeof(name), "esp8266-%06x", static_cast<unsigned>(ESP.getChipId()));
  return name;
}

void Platform::begin_mdns(const char* hostname, uint16_t port, bool password) {
  MDNS.begin(hostname);
  MDNS.enableArduino(port, password);
  // A host asks for the running application only if a device says that it applies patches.
  MDNS.addServiceTxt("arduino", "tcp", wire::kTxtDelta, "1");
}

void Platform::end_mdns() {
  MDNS.end();
}

void Platform::poll_mdns() {
  MDNS.update();
}

}  // namespace otatool::arduino
