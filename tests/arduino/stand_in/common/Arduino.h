// Stand-in for the Arduino core's header: declarations of what library and examples use.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef ARDUINO_ARCH_ESP32
#define ESP_ARDUINO_VERSION_VAL(major, minor, patch) ((major) << 16 | (minor) << 8 | (patch))
#define ESP_ARDUINO_VERSION ESP_ARDUINO_VERSION_VAL(3, 3, 1)
#endif

class String {
 public:
  String(const char* text = "");
  String(const String& other);
  ~String();
  String& operator=(const String& other);
  String& operator=(const char* text);
  String& operator+=(const String& other);
  const char* c_str() const;
  unsigned int length() const;
  void toLowerCase();

 private:
  char* text_;
};
String operator+(const String& left, const String& right);

class Print {
 public:
  size_t print(const char* text);
  size_t print(const String& text);
  size_t println(const char* text);
  size_t println(const String& text);
  size_t printf(const char* format, ...) __attribute__((format(printf, 2, 3)));
  size_t write(const uint8_t* bytes, size_t length);
};

class Stream : public Print {
 public:
  int available();
  int read();
};

class HardwareSerial : public Stream {
 public:
  void begin(unsigned long baud);
};
extern HardwareSerial Serial;

extern "C" {
unsigned long millis();
void delay(unsigned long milliseconds);
void yield();
}
#ifdef ARDUINO_ARCH_ESP8266
#define GPI (*reinterpret_cast<volatile uint32_t*>(0x60000318))
void optimistic_yield(uint32_t interval_us);
#endif

class EspClass {
 public:
  [[noreturn]] void restart();
#ifdef ARDUINO_ARCH_ESP8266
  uint32_t getChipId();
  uint32_t getFlashChipSize();
  uint32_t getMaxFreeBlockSize();
  bool flashEraseSector(uint32_t sector);
  bool flashWrite(uint32_t address, const uint32_t* bytes, size_t size);
  bool flashWrite(uint32_t address, const uint8_t* bytes, size_t size);
  bool flashRead(uint32_t address, uint32_t* bytes, size_t size);
  bool flashRead(uint32_t address, uint8_t* bytes, size_t size);
  uint8_t* random(uint8_t* bytes, size_t size) const;
#else
  uint64_t getEfuseMac();
#endif
};
extern EspClass ESP;

class IPAddress {
 public:
  uint8_t operator[](int index) const;
};
