#include "firmware/core/pull/pull_request.hpp"

#include "otatool/wire/espota.hpp"

#include "firmware/core/digest/hex.hpp"
#include "firmware/core/flash_data.hpp"

namespace otatool::firmware {
namespace {

constexpr size_t kMacLength = 6;

class RequestWriter {
 public:
  explicit RequestWriter(char* text) : begin_(text), at_(text) {}

  /// An OTATOOL_FLASH_TEXT.
  RequestWriter& constant(const char* in_flash) {
    at_ += copy_flash_text(in_flash, at_);
    return *this;
  }
  RequestWriter& text(const PullText& value) {
    at_ += wire::detail::Writer(at_).text(value.bytes, value.length).length();
    return *this;
  }
  RequestWriter& number(uint32_t value) {
    at_ += wire::detail::Writer(at_).number(value).length();
    return *this;
  }
  /// Such as 5C:CF:7F:01:02:03.
  RequestWriter& mac(const uint8_t* bytes) {
    for (size_t i = 0; i < kMacLength; ++i) {
      to_hex(bytes + i, 1, at_);
      for (size_t digit = 0; digit < 2; ++digit, ++at_) {
        *at_ = *at_ >= 'a' ? static_cast<char>(*at_ - 'a' + 'A') : *at_;
      }
      *at_++ = ':';
    }
    --at_;
    return *this;
  }
  RequestWriter& md5(const uint8_t* digest) {
    to_hex(digest, Md5::kDigestLength, at_);
    at_ += 2 * Md5::kDigestLength;
    return *this;
  }
  RequestWriter& address(const Endpoint& server) {
    for (size_t i = 0; i < 4; ++i) {
      number(server.address[i]);
      *at_++ = i < 3 ? '.' : ':';
    }
    return number(server.port);
  }
  size_t length() const { return static_cast<size_t>(at_ - begin_); }

 private:
  char* begin_;
  char* at_;
};

/// The chip id of an ESP8266: the lower half of its MAC address.
uint32_t chip_id(const uint8_t* mac) {
  return uint32_t{mac[3]} << 16 | uint32_t{mac[4]} << 8 | mac[5];
}

}  // namespace

size_t write_pull_request(const PullQuestion& question, char* text) {
  RequestWriter writer(text);
  writer.constant(OTATOOL_FLASH_TEXT("GET "))
      .text(question.path)
      .constant(OTATOOL_FLASH_TEXT(" HTTP/1.0\r\nHost: "))
      .address(*question.server)
      .constant(OTATOOL_FLASH_TEXT("\r\nUser-Agent: ESP8266-http-Update\r\nx-ESP8266-Chip-ID: "))
      .number(chip_id(question.mac))
      .constant(OTATOOL_FLASH_TEXT("\r\nx-ESP8266-STA-MAC: "))
      .mac(question.mac)
      .constant(OTATOOL_FLASH_TEXT("\r\nx-ESP8266-AP-MAC: "))
      .mac(question.mac)
      .constant(OTATOOL_FLASH_TEXT("\r\nx-ESP8266-free-space: "))
      .number(question.free_space)
      .constant(OTATOOL_FLASH_TEXT("\r\nx-ESP8266-sketch-size: "))
      .number(question.running_size)
      .constant(OTATOOL_FLASH_TEXT("\r\nx-ESP8266-sketch-md5: "))
      .md5(question.running_md5)
      .constant(OTATOOL_FLASH_TEXT("\r\nx-ESP8266-chip-size: "))
      .number(question.flash_size)
      .constant(
          OTATOOL_FLASH_TEXT("\r\nx-ESP8266-sdk-version: otatool\r\nx-ESP8266-mode: sketch\r\n"));
  if (question.version.length != 0) {
    writer.constant(OTATOOL_FLASH_TEXT("x-ESP8266-version: "))
        .text(question.version)
        .constant(OTATOOL_FLASH_TEXT("\r\n"));
  }
  if (question.running.length != 0) {
    writer.constant(OTATOOL_FLASH_TEXT("x-otatool-delta: "))
        .text(question.running)
        .constant(OTATOOL_FLASH_TEXT("\r\n"));
  }
  return writer.constant(OTATOOL_FLASH_TEXT("Connection: close\r\n\r\n")).length();
}

}  // namespace otatool::firmware
