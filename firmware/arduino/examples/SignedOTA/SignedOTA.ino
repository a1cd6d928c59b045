// Accepts only images that are signed with one key and are not older than this sketch:
//   otatool keygen -o ota.key --pubkey ota.pub                  (once; keep ota.key)
//   otatool sign sketch.bin --key ota.key --format esp8266      (for each release, also for an ESP32)
#ifdef ARDUINO_ARCH_ESP8266
#include <ESP8266WiFi.h>
#else
#include <WiFi.h>
#endif
#include <OtatoolOTA.h>

const char* ssid = "..........";
const char* password = "..........";

// The content of ota.pub. With this text, every image is refused.
const char public_key[] = R"(
-----BEGIN PUBLIC KEY-----
..........
-----END PUBLIC KEY-----
)";

// Raise it for each release.
OTATOOL_VERSION(1);

#ifdef ARDUINO_ARCH_ESP32
// A new sketch that does not confirm is replaced by the former one. An ESP8266 cannot do that.
OTATOOL_TRIAL();
#endif

void setup() {
  Serial.begin(115200);
  WiFi.mode(WIFI_STA);
  WiFi.begin(ssid, password);
  while (WiFi.waitForConnectResult() != WL_CONNECTED) {
    delay(5000);
    ESP.restart();
  }

  OtatoolOTA.setPassword("admin");
  OtatoolOTA.setPublicKey(public_key);
  OtatoolOTA.setMinimumVersion(OtatoolOTA.version());
  OtatoolOTA.onError([](ota_error_t) { Serial.println(OtatoolOTA.lastError()); });
  if (OtatoolOTA.begin() && OtatoolOTA.hasTrial()) {
    // This sketch has reached the network and receives updates: it works.
    OtatoolOTA.confirm();
  }
}

void loop() {
  OtatoolOTA.handle();
}
