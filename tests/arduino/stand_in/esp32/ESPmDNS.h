// Stand-in for the core's mDNS responder: declarations only.
#pragma once

#include <Arduino.h>

class MDNSResponder {
 public:
  bool begin(const char* hostname);
  void end();
  void enableArduino(uint16_t port, bool password = false);
};
extern MDNSResponder MDNS;
