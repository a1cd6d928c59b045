// Stand-in for the core's mDNS responder: declarations only.
#pragma once

#include <Arduino.h>

class MDNSResponder {
 public:
  bool begin(const char* hostname);
  bool end();
  void enableArduino(uint16_t port, bool password = false);
  bool addServiceTxt(const char* service, const char* protocol, const char* key, const char* value);
  bool update();
};
extern MDNSResponder MDNS;
