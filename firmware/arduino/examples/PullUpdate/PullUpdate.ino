// Asks a server for a newer sketch, such as: otatool serve FOLDER
// The MD5 of the answer protects against damage, a signature against forgery: see SignedOTA.
#ifdef ARDUINO_ARCH_ESP8266
#include <ESP8266HTTPClient.h>
#include <ESP8266WiFi.h>
#else
#include <HTTPClient.h>
#include <WiFi.h>
#endif
#include <OtatoolOTA.h>

#ifdef ARDUINO_ARCH_ESP8266
#define CHIP "ESP8266"
#else
#define CHIP "ESP32"
#endif

const char* ssid = "..........";
const char* password = "..........";
const char* url = "http://192.168.1.2:8070/update";
const char* version = "1.0.0";

// Without a byte from the server.
const unsigned long stall_ms = 15000;
const unsigned long interval_ms = 3600000;
unsigned long last_check = 0;

bool download(HTTPClient& http) {
  const String md5 = http.header("x-MD5");
  WiFiClient* stream = http.getStreamPtr();
  int left = http.getSize();
  if (left <= 0 || !OtatoolOTA.beginUpdate(left, md5.length() == 32 ? md5.c_str() : nullptr)) {
    return false;
  }
  unsigned long last = millis();
  while (left > 0 && millis() - last < stall_ms) {
    uint8_t bytes[512];
    const int wanted = left < static_cast<int>(sizeof(bytes)) ? left : sizeof(bytes);
    const int count = stream->available() > 0 ? stream->read(bytes, wanted) : 0;
    if (count > 0) {
      if (!OtatoolOTA.writeUpdate(bytes, count)) {
        return false;
      }
      left -= count;
      last = millis();
    } else {
      delay(1);
    }
  }
  if (left > 0) {
    OtatoolOTA.cancelUpdate();
    return false;
  }
  return OtatoolOTA.endUpdate();
}

void check() {
  WiFiClient client;
  HTTPClient http;
  const char* headers[] = {"x-MD5"};
  http.begin(client, url);
  http.setUserAgent(CHIP "-http-Update");
  http.addHeader("x-" CHIP "-STA-MAC", WiFi.macAddress());
  http.addHeader("x-" CHIP "-version", version);
  http.collectHeaders(headers, 1);
  const int status = http.GET();
  if (status == HTTP_CODE_OK && download(http)) {
    http.end();
    ESP.restart();
  }
  if (status == HTTP_CODE_OK) {
    Serial.println(OtatoolOTA.lastError());
  } else if (status != HTTP_CODE_NOT_MODIFIED) {
    Serial.printf("The server answers %d\n", status);
  }
  http.end();
}

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
  check();
}

void loop() {
  OtatoolOTA.handle();
  if (millis() - last_check >= interval_ms) {
    last_check = millis();
    check();
  }
}
