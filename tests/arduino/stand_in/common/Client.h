// Stand-in for the network classes that both cores declare: declarations only.
#pragma once

#include <Arduino.h>

enum WiFiMode_t { WIFI_OFF = 0, WIFI_STA = 1 };
enum wl_status_t { WL_IDLE_STATUS = 0, WL_CONNECTED = 3 };

class WiFiClass {
 public:
  bool mode(WiFiMode_t mode);
  wl_status_t begin(const char* ssid, const char* password);
  uint8_t waitForConnectResult();
  String macAddress();
};
extern WiFiClass WiFi;

class WiFiClient : public Stream {
 public:
  WiFiClient();
  WiFiClient(const WiFiClient& other);
  ~WiFiClient();
  WiFiClient& operator=(const WiFiClient& other);
  int read(uint8_t* bytes, size_t length);
  using Stream::read;
  uint8_t connected();
  void stop();
  IPAddress remoteIP();
  explicit operator bool();
};

class WiFiServer {
 public:
  explicit WiFiServer(uint16_t port);
  void begin();
  WiFiClient accept();
};
