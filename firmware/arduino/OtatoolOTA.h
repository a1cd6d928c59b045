// OtatoolOTA: receives updates over Wi-Fi, with the calls of ArduinoOTA. It serves the same hosts
// (Arduino IDE, PlatformIO, espota.py, otatool), checks an update completely before it is
// installed, and can require signatures and a minimum version. ESP8266 and ESP32; see README.md of
// the library. Not together with ArduinoOTA in one sketch.
#pragma once

#include <Arduino.h>
#include <functional>

#include "otatool/wire/application_description.hpp"

#include "firmware/core/flash_data.hpp"

#ifndef U_FLASH
#define U_FLASH 0
#endif
#ifndef U_FS
#define U_FS 100
#endif
#ifndef U_SPIFFS
#define U_SPIFFS U_FS
#endif

// Names of ArduinoOTA, and others in its style: NOLINTBEGIN(readability-identifier-naming)

typedef enum {
  OTA_AUTH_ERROR,
  OTA_BEGIN_ERROR,
  OTA_CONNECT_ERROR,
  OTA_RECEIVE_ERROR,
  OTA_END_ERROR
} ota_error_t;

/// OTATOOL_VERSION(7) in a sketch, outside of all functions: its version, for version() and for
/// devices with a minimum version.
#define OTATOOL_VERSION(number)                                                   \
  extern "C" {                                                                    \
  extern const otatool::wire::VersionMark otatool_version;                        \
  const otatool::wire::VersionMark otatool_version OTATOOL_IN_FLASH = {           \
      {otatool::wire::kVersionMarkMagic[0], otatool::wire::kVersionMarkMagic[1]}, \
      (number),                                                                   \
      ~static_cast<uint32_t>(number)};                                            \
  }                                                                               \
  static_assert((number) > 0, "a version is 1 or more")

/// OTATOOL_TRIAL() in a sketch, outside of all functions: a new sketch must call
/// OtatoolOTA.confirm(), or the next start restores the former one.
#ifdef ARDUINO_ARCH_ESP8266
#define OTATOOL_TRIAL() \
  static_assert(false, "the stock loader of the ESP8266 keeps no backup: there is no trial")
#else
#define OTATOOL_TRIAL()                   \
  extern "C" bool verifyRollbackLater() { \
    return true;                          \
  }                                       \
  static_assert(true, "")
#endif

class OtatoolOTAClass {
 public:
  typedef std::function<void(void)> THandlerFunction;
  typedef std::function<void(ota_error_t)> THandlerFunction_Error;
  typedef std::function<void(unsigned int, unsigned int)> THandlerFunction_Progress;

  // Settings, effective at begin(). They return this object, so that a sketch can chain calls.

  /// UDP port of invitations. Default: 8266, on an ESP32 3232.
  OtatoolOTAClass& setPort(uint16_t port);
  /// Default: esp8266-xxxxxx or esp32-xxxxxxxxxxxx, with the digits of the chip.
  OtatoolOTAClass& setHostname(const char* hostname);
  String getHostname() const;
  /// The password that a host needs. Stored as MD5, on an ESP32 with core 3.3.1 or newer as
  /// SHA-256: what the espota.py of the core expects.
  OtatoolOTAClass& setPassword(const char* password);
  /// The same as hex digits of MD5 (32) or SHA-256 (64); with other text, every host is refused.
  OtatoolOTAClass& setPasswordHash(const char* hash);
  /// Whether a complete update restarts the device. Default: true.
  OtatoolOTAClass& setRebootOnSuccess(bool reboot);
  /// Whether begin() announces the device by mDNS. Default: true.
  OtatoolOTAClass& setMdnsEnabled(bool enabled);
  /// Accepts only images that are signed with the private key of this RSA key (PEM), as
  /// `otatool sign` does. The text must stay valid. With an unusable key, every image is refused.
  OtatoolOTAClass& setPublicKey(const char* pem);
  /// Refuses images whose OTATOOL_VERSION is lower or missing. 0: accepts all, the default.
  OtatoolOTAClass& setMinimumVersion(uint32_t version);

  // The callbacks of ArduinoOTA.

  OtatoolOTAClass& onStart(THandlerFunction function);
  OtatoolOTAClass& onEnd(THandlerFunction function);
  OtatoolOTAClass& onError(THandlerFunction_Error function);
  /// Bytes received, bytes in all.
  OtatoolOTAClass& onProgress(THandlerFunction_Progress function);

  /// Starts to receive; the network must be up. False if the port is in use, memory is short, or
  /// the flash has no room for updates.
  bool begin(bool useMDNS = true);
  /// Ends an update that is under way, and the announcement.
  void end();
  /// Does all the work. Call it in loop(): during an update it erases and writes flash.
  void handle();
  /// U_FLASH or U_FS, of the update that was begun last.
  int getCommand() const;
  /// Why the last update failed; empty after a refused password or a lost connection.
  String lastError() const;

  /// The OTATOOL_VERSION of this sketch; 0 without one.
  uint32_t version() const;
  /// Whether the loader can restore the former sketch: never with the stock loader of an ESP8266.
  bool hasTrial();
  /// Whether this sketch still has to call confirm().
  bool onTrial();
  /// Keeps this sketch for good. False without a trial, or if the flash fails. A sketch that does
  /// not confirm within two minutes of handle() is restarted, and the former one starts.
  bool confirm();

  // An update from another source, such as a web form; with the same checks. Only after begin().
  // False means that the update has failed: see lastError().

  /// `size` in bytes; `md5`: 32 hex digits, or null to accept the bytes unchecked.
  bool beginUpdate(uint32_t size, const char* md5 = nullptr, int command = U_FLASH);
  bool writeUpdate(const uint8_t* bytes, size_t length);
  /// Checks the image and installs it at the next start, for which the caller must restart.
  bool endUpdate();
  void cancelUpdate();

 private:
  class Device;

  struct Settings {
    uint16_t port = 0;
    String hostname;
    String password_hash;
    const char* public_key = nullptr;
    uint32_t minimum_version = 0;
    uint32_t version = 0;  ///< OTATOOL_VERSION
    bool reboot = true;
    bool mdns = true;
    THandlerFunction on_start;
    THandlerFunction on_end;
    THandlerFunction_Error on_error;
    THandlerFunction_Progress on_progress;
  };

  Settings settings_;
  Device* device_ = nullptr;
};

#if !defined(NO_GLOBAL_INSTANCES) && !defined(NO_GLOBAL_OTATOOL_OTA)
extern OtatoolOTAClass OtatoolOTA;
#endif

// NOLINTEND(readability-identifier-naming)
