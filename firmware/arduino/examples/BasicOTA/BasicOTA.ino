// The BasicOTA sketch of ArduinoOTA with OtatoolOTA: another include, another name.
#ifdef ARDUINO_ARCH_ESP8266
#include <ESP8266WiFi.h>
#else
#include <WiFi.h>
#endif
#include <OtatoolOTA.h>

const char* ssid = "..........";
const char* password = "..........";

void setup() {
  Serial.begin(115200);
  WiFi.mode(WIFI_STA);
  WiFi.begin(ssid, password);
  while (WiFi.waitForConnectResult() != WL_CONNECTED) {
    Serial.println("Connection Failed! Rebooting...");
    delay(5000);
    ESP.restart();
  }

  OtatoolOTA.setHostname("my-device");
  OtatoolOTA.setPassword("admin");

  OtatoolOTA.onStart([]() {
    Serial.println(OtatoolOTA.getCommand() == U_FLASH ? "Start: sketch" : "Start: filesystem");
  });
  OtatoolOTA.onEnd([]() { Serial.println("End"); });
  OtatoolOTA.onProgress([](unsigned int done, unsigned int total) {
    Serial.printf("%u of %u bytes\n", done, total);
  });
  OtatoolOTA.onError([](ota_error_t stage) {
    Serial.printf("Failed in stage %d: ", static_cast<int>(stage));
    Serial.println(OtatoolOTA.lastError());
  });
  if (!OtatoolOTA.begin()) {
    Serial.println("No updates");
  }
}

void loop() {
  OtatoolOTA.handle();
}
