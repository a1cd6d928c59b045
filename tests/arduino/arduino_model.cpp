#include "tests/arduino/arduino_model.hpp"

#include <Arduino.h>
#include <ESPmDNS.h>
#include <WiFi.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace otatool::test {

ArduinoModel arduino_model;

}  // namespace otatool::test

using otatool::test::arduino_model;

EspClass ESP;
MDNSResponder MDNS;

// Each assignment allocates new memory, so that a pointer into the old text becomes invalid.

String::String(const char* text) : text_(strdup(text)) {}
String::String(const String& other) : text_(strdup(other.text_)) {}
String::~String() {
  free(text_);
}
String& String::operator=(const String& other) {
  if (this != &other) {
    *this = other.text_;
  }
  return *this;
}
String& String::operator=(const char* text) {
  char* const copy = strdup(text);
  free(text_);
  text_ = copy;
  return *this;
}
String& String::operator+=(const String& other) {
  const std::string both = std::string(text_) + other.text_;
  return *this = both.c_str();
}
const char* String::c_str() const {
  return text_;
}
unsigned int String::length() const {
  return static_cast<unsigned int>(strlen(text_));
}
void String::toLowerCase() {
  std::for_each(text_, text_ + length(), [](char& c) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
}

unsigned long millis() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<unsigned long>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}
void delay(unsigned long) {}

void EspClass::restart() {
  throw otatool::test::Restarted();
}
uint64_t EspClass::getEfuseMac() {
  return 0x060504030201;
}

bool MDNSResponder::begin(const char* hostname) {
  arduino_model.announced = hostname;
  return true;
}
void MDNSResponder::end() {
  arduino_model.announced.clear();
}
void MDNSResponder::enableArduino(uint16_t port, bool password) {
  arduino_model.announced += " " + std::to_string(port) + (password ? " password" : "");
}

size_t Print::print(const String& text) {
  arduino_model.response += text.c_str();
  return text.length();
}
size_t Print::printf(const char* format, ...) {
  std::array<char, 512> text{};
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(text.data(), text.size(), format, arguments);
  va_end(arguments);
  arduino_model.response += text.data();
  return static_cast<size_t>(length);
}
int Stream::available() {
  return static_cast<int>(arduino_model.request.size());
}

WiFiClient::WiFiClient() = default;
WiFiClient::~WiFiClient() {}
int WiFiClient::read(uint8_t* bytes, size_t length) {
  const std::size_t count = std::min(length, arduino_model.request.size());
  std::copy_n(arduino_model.request.begin(), count, bytes);
  arduino_model.request.erase(0, count);
  return static_cast<int>(count);
}
uint8_t WiFiClient::connected() {
  return arduino_model.request.empty() ? 0 : 1;
}
void WiFiClient::stop() {
  arduino_model.request.clear();
}
IPAddress WiFiClient::remoteIP() {
  return {};
}
WiFiClient::operator bool() {
  return !arduino_model.request.empty();
}
WiFiServer::WiFiServer(uint16_t) {}
void WiFiServer::begin() {}
WiFiClient WiFiServer::accept() {
  return {};
}
uint8_t IPAddress::operator[](int index) const {
  return static_cast<uint8_t>(index + 1);
}
