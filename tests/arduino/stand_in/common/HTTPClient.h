// Stand-in for the cores' HTTP client: declarations only.
#pragma once

#include <Client.h>

constexpr int HTTP_CODE_OK = 200;
constexpr int HTTP_CODE_NOT_MODIFIED = 304;

class HTTPClient {
 public:
  HTTPClient();
  ~HTTPClient();
  bool begin(WiFiClient& client, const String& url);
  void setUserAgent(const String& agent);
  void addHeader(const String& name, const String& value);
  void collectHeaders(const char* names[], size_t count);
  int GET();
  int getSize();
  String header(const char* name);
  WiFiClient* getStreamPtr();
  void end();
};
