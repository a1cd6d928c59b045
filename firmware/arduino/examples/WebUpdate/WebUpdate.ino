// An upload page at http://DEVICE/update, for a browser or: otatool push http://DEVICE/ sketch.bin
#ifdef ARDUINO_ARCH_ESP8266
#include <ESP8266WiFi.h>
#else
#include <WiFi.h>
#endif
#include <OtatoolOTA.h>
#include <OtatoolWebUpdate.h>

const char* ssid = "..........";
const char* password = "..........";

OtatoolWebUpdate web(OtatoolOTA);

void setup() {
  Serial.begin(115200);
  WiFi.mode(WIFI_STA);
  WiFi.begin(ssid, password);
  while (WiFi.waitForConnectResult() != WL_CONNECTED) {
    delay(5000);
    ESP.restart();
  }
  OtatoolOTA.setPassword("admin");
  OtatoolOTA.begin();
  web.setCredentials("admin", "admin");
  web.begin();
}

void loop() {
  OtatoolOTA.handle();
  web.handle();
}
