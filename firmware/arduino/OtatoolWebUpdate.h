// An upload page at http://DEVICE/update for browsers, curl and `otatool push`. Passes the image to
// OtatoolOTA, with all its checks: setPublicKey() and setMinimumVersion() hold here, too. Not
// encrypted: a password can be read on the network, an image's signature protects all the same.
#pragma once

#include <Arduino.h>

#ifdef ARDUINO_ARCH_ESP8266
#include <ESP8266WiFi.h>
#else
#include <WiFi.h>
#endif

#include "OtatoolOTA.h"
#include "firmware/arduino/upload_page.hpp"

class OtatoolWebUpdate : otatool::arduino::UpdateTarget {
 public:
  explicit OtatoolWebUpdate(OtatoolOTAClass& ota, uint16_t port = 80)
      : ota_(ota), server_(port), page_(*this) {}

  /// HTTP Basic. Pauses follow wrong passwords. Without a call, everybody in the network may
  /// upload.
  // A name in ArduinoOTA's style: NOLINTNEXTLINE(readability-identifier-naming)
  void setCredentials(const char* user, const char* password) {
    page_.set_credentials(user, password);
  }
  /// After OtatoolOTA.begin().
  void begin() { server_.begin(); }
  /// Call it in loop(). Serves one request; a complete update restarts the device.
  void handle();

 private:
  bool begin(otatool::wire::Command command, uint32_t size) override;
  bool write(const uint8_t* bytes, size_t length) override;
  bool end() override;
  void cancel() override;
  otatool::arduino::PageAnswer serve(WiFiClient& client);
  void send(WiFiClient& client, otatool::arduino::PageAnswer answer);

  OtatoolOTAClass& ota_;
  WiFiServer server_;
  otatool::arduino::UploadPage page_;
};
