#include "OtatoolWebUpdate.h"

namespace {

using otatool::arduino::PageAnswer;

/// Without a byte from the client.
constexpr unsigned long kStallMilliseconds = 15000;

const char kPage[] =
    "<!DOCTYPE html><html><head><title>Update</title></head><body>"
    "<form method='POST' enctype='multipart/form-data'>Firmware: "
    "<input type='file' name='firmware'><input type='submit' value='Update Firmware'></form>"
    "<form method='POST' enctype='multipart/form-data'>FileSystem: "
    "<input type='file' name='filesystem'><input type='submit' value='Update FileSystem'></form>"
    "</body></html>";

const char* status_of(PageAnswer answer) {
  switch (answer) {
    case PageAnswer::Unauthorized:
      return "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"update\"";
    case PageAnswer::Paused:
      return "429 Too Many Requests";
    case PageAnswer::NotFound:
      return "404 Not Found";
    case PageAnswer::BadRequest:
    case PageAnswer::Pending:
      return "400 Bad Request";
    default:
      return "200 OK";
  }
}

otatool::firmware::Endpoint endpoint_of(const IPAddress& address) {
  otatool::firmware::Endpoint endpoint{{}, 4, 0, 0};
  for (int i = 0; i < 4; ++i) {
    endpoint.address[i] = address[i];
  }
  return endpoint;
}

}  // namespace

void OtatoolWebUpdate::handle() {
  WiFiClient client = server_.accept();
  if (!client) {
    return;
  }
  const PageAnswer answer = serve(client);
  send(client, answer);
  page_.end();
  client.stop();
  if (answer == PageAnswer::Updated) {
    delay(100);
    ESP.restart();
  }
}

PageAnswer OtatoolWebUpdate::serve(WiFiClient& client) {
  uint8_t bytes[512];
  PageAnswer answer = PageAnswer::Pending;
  unsigned long last = millis();
  page_.begin(endpoint_of(client.remoteIP()), static_cast<uint32_t>(millis()));
  while (answer == PageAnswer::Pending && millis() - last < kStallMilliseconds) {
    if (client.available() > 0) {
      const int count = client.read(bytes, sizeof(bytes));
      if (count > 0) {
        answer = page_.write(bytes, static_cast<size_t>(count));
        last = millis();
      }
    } else if (client.connected() == 0) {
      break;
    } else {
      delay(1);
    }
  }
  return answer;
}

void OtatoolWebUpdate::send(WiFiClient& client, PageAnswer answer) {
  String body;
  if (answer == PageAnswer::Form) {
    body = kPage;
  } else if (answer == PageAnswer::Updated) {
    body = "Update Success! Rebooting...";
  } else if (answer == PageAnswer::Failed) {
    body = "Update error: ";
    body += *page_.reason() != '\0' ? String(page_.reason()) : ota_.lastError();
  }
  client.printf(
      "HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %u\r\nConnection: close\r\n\r\n",
      status_of(answer),
      body.length());
  client.print(body);
}

bool OtatoolWebUpdate::begin(otatool::wire::Command command, uint32_t size) {
  return ota_.beginUpdate(size, nullptr, static_cast<int>(command));
}

bool OtatoolWebUpdate::write(const uint8_t* bytes, size_t length) {
  return ota_.writeUpdate(bytes, length);
}

bool OtatoolWebUpdate::end() {
  return ota_.endUpdate();
}

void OtatoolWebUpdate::cancel() {
  ota_.cancelUpdate();
}
