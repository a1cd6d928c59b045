// Reads and writes the TXT record of `_arduino._tcp`: the four keys of the Arduino cores and the
// capability keys of this project's receiver. Freestanding C++17, no heap, no IO; texts point into
// the caller's memory and are not sanitised for a terminal. Spec: discovery.md 1.1,
// signing-gzip-images.md 1.8, RFC 6763 section 6.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "otatool/wire/chip_family.hpp"

namespace otatool::wire {

constexpr char kArduinoService[] = "_arduino";
constexpr char kArduinoProtocol[] = "_tcp";

// The four stock keys, with the meaning of a missing one (arduino/Arduino#4107).
constexpr char kTxtTcpCheck[] = "tcp_check";      ///< `yes` or `no`; missing: yes
constexpr char kTxtSshUpload[] = "ssh_upload";    ///< `yes` or `no`; missing: yes
constexpr char kTxtBoard[] = "board";             ///< board id (ESP8266) or variant name (ESP32)
constexpr char kTxtAuthUpload[] = "auth_upload";  ///< `yes` or `no`; missing: no
// The capability keys. A missing one means unknown.
constexpr char kTxtGzip[] = "gz";            ///< `1`: unpacks gzip packages, `0`: does not
constexpr char kTxtSignature[] = "sig";      ///< `none`, or the scheme that every image must have
constexpr char kTxtFingerprint[] = "keyfp";  ///< first 8 bytes of SHA-256(SPKI), 16 hex digits
constexpr char kTxtVersion[] = "ver";        ///< version of the receiver
constexpr char kTxtSpace[] = "space";        ///< largest image that fits, bytes, decimal
constexpr char kTxtLayout[] = "layout";    ///< flash layout, as `otatool info --layout` names them
constexpr char kTxtChip[] = "chip";        ///< `esp8266` or `esp32`
constexpr char kTxtApplication[] = "app";  ///< version of the running application
constexpr char kTxtMd5[] = "md5";  ///< MD5 of the running application as it was sent, 32 hex digits

constexpr char kTxtDelta[] =
    "delta";  ///< `1`: applies difference updates (delta.md), `0`: does not

constexpr char kTxtRsaSha256[] = "rsa-sha256";  ///< PKCS#1 v1.5 with SHA-256

/// The value of a capability key; Unknown without one.
enum class Known : uint8_t { Unknown, No, Yes };
/// The signature that every image must have.
enum class TxtSignature : uint8_t { Unknown, None, RsaSha256, Other };

/// A text in the caller's memory, not terminated. Read from the network, it may hold any bytes.
struct TxtText {
  const char* text = nullptr;
  size_t length = 0;
};

constexpr size_t kTxtFingerprintSize = 8;
/// Longest text that format_ota_txt writes as a value.
constexpr size_t kMaxTxtValue = 64;
/// Largest result of format_ota_txt, in bytes.
constexpr size_t kMaxOtaTxtLength = 512;

/// The TXT record of a device. The default values are those of an empty record.
struct OtaTxt {
  bool tcp_check = true;
  bool ssh_upload = true;
  bool auth_upload = false;  ///< the device requires a password
  TxtText board;
  Known gzip = Known::Unknown;
  TxtSignature signature = TxtSignature::Unknown;
  bool has_fingerprint = false;
  uint8_t fingerprint[kTxtFingerprintSize] = {};
  TxtText version;
  bool has_space = false;
  uint32_t space = 0;  ///< bytes
  TxtText layout;
  ChipFamily chip = ChipFamily::Unknown;
  TxtText application;  ///< its version
  TxtText md5;          ///< of the application
  Known delta = Known::Unknown;
  /// One bit per key that was read: a repeated key is ignored (RFC 6763 6.4).
  uint16_t seen = 0;
};

namespace detail {

inline bool same_txt_text(const char* text, size_t length, const char* word) {
  const size_t word_length = strlen(word);
  if (length != word_length) {
    return false;
  }
  for (size_t i = 0; i < length; ++i) {
    const char c =
        text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (c != word[i]) {
      return false;
    }
  }
  return true;
}

/// Removes the quotes of `board="X"`, which older cores send as part of the value
/// (arduino-ide#740).
inline TxtText without_quotes(TxtText value) {
  if (value.length > 0 && value.text[0] == '"') {
    ++value.text;
    --value.length;
  }
  if (value.length > 0 && value.text[value.length - 1] == '"') {
    --value.length;
  }
  return value;
}

/// Leaves `out` unchanged for any other value.
inline void read_yes_or_no(TxtText value, bool& out) {
  if (same_txt_text(value.text, value.length, "yes")) {
    out = true;
  } else if (same_txt_text(value.text, value.length, "no")) {
    out = false;
  }
}

inline int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

inline void read_fingerprint(TxtText value, OtaTxt& out) {
  if (value.length != 2 * kTxtFingerprintSize) {
    return;
  }
  uint8_t bytes[kTxtFingerprintSize];
  for (size_t i = 0; i < kTxtFingerprintSize; ++i) {
    const int high = hex_digit(value.text[2 * i]);
    const int low = hex_digit(value.text[2 * i + 1]);
    if (high < 0 || low < 0) {
      return;
    }
    bytes[i] = static_cast<uint8_t>(high * 16 + low);
  }
  memcpy(out.fingerprint, bytes, sizeof(bytes));
  out.has_fingerprint = true;
}

inline void read_space(TxtText value, OtaTxt& out) {
  uint64_t sum = 0;
  for (size_t i = 0; i < value.length; ++i) {
    const char c = value.text[i];
    if (c < '0' || c > '9') {
      return;
    }
    sum = sum * 10 + static_cast<uint32_t>(c - '0');
    if (sum > 0xFFFFFFFF) {
      return;
    }
  }
  if (value.length > 0) {
    out.space = static_cast<uint32_t>(sum);
    out.has_space = true;
  }
}

inline void read_signature(TxtText value, OtaTxt& out) {
  if (same_txt_text(value.text, value.length, "none")) {
    out.signature = TxtSignature::None;
  } else if (same_txt_text(value.text, value.length, kTxtRsaSha256)) {
    out.signature = TxtSignature::RsaSha256;
  } else if (value.length > 0) {
    out.signature = TxtSignature::Other;
  }
}

/// Leaves `out` unchanged for any other value.
inline void read_known(TxtText value, Known& out) {
  if (value.length == 1 && (value.text[0] == '0' || value.text[0] == '1')) {
    out = value.text[0] == '1' ? Known::Yes : Known::No;
  }
}

inline void read_chip(TxtText value, OtaTxt& out) {
  if (same_txt_text(value.text, value.length, "esp8266")) {
    out.chip = ChipFamily::Esp8266;
  } else if (same_txt_text(value.text, value.length, "esp32")) {
    out.chip = ChipFamily::Esp32;
  }
}

constexpr size_t kTxtKeyCount = 14;

/// The index of a key in the order of read_ota_txt_entry; kTxtKeyCount for an unknown key.
inline size_t txt_key_index(TxtText key) {
  constexpr const char* kKeys[kTxtKeyCount] = {kTxtTcpCheck,
                                               kTxtSshUpload,
                                               kTxtBoard,
                                               kTxtAuthUpload,
                                               kTxtGzip,
                                               kTxtSignature,
                                               kTxtFingerprint,
                                               kTxtVersion,
                                               kTxtSpace,
                                               kTxtLayout,
                                               kTxtChip,
                                               kTxtApplication,
                                               kTxtMd5,
                                               kTxtDelta};
  size_t which = 0;
  while (which < kTxtKeyCount && !same_txt_text(key.text, key.length, kKeys[which])) {
    ++which;
  }
  return which;
}

/// Appends `key=value` strings with their length bytes. After one that does not fit, nothing is
/// appended.
class TxtWriter {
 public:
  TxtWriter(uint8_t* buffer, size_t capacity) : buffer_(buffer), capacity_(capacity) {}

  void entry(const char* key, TxtText value) {
    const size_t key_length = strlen(key);
    const size_t length = key_length + 1 + value.length;
    if (value.length > kMaxTxtValue || 1 + length > capacity_ - used_) {
      full_ = true;
    }
    if (full_) {
      return;
    }
    buffer_[used_++] = static_cast<uint8_t>(length);
    memcpy(buffer_ + used_, key, key_length);
    used_ += key_length;
    buffer_[used_++] = '=';
    if (value.length > 0) {
      memcpy(buffer_ + used_, value.text, value.length);
      used_ += value.length;
    }
  }
  void word(const char* key, const char* value) { entry(key, {value, strlen(value)}); }
  void yes_or_no(const char* key, bool value) { word(key, value ? "yes" : "no"); }
  void number(const char* key, uint32_t value) {
    char digits[10];
    size_t first = sizeof(digits);
    do {
      digits[--first] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    entry(key, {digits + first, sizeof(digits) - first});
  }
  void hex(const char* key, const uint8_t* bytes, size_t length) {
    char digits[2 * kTxtFingerprintSize];
    constexpr char kDigits[] = "0123456789abcdef";
    for (size_t i = 0; i < length && i < kTxtFingerprintSize; ++i) {
      digits[2 * i] = kDigits[bytes[i] >> 4];
      digits[2 * i + 1] = kDigits[bytes[i] & 0xF];
    }
    entry(key, {digits, 2 * length});
  }
  size_t length() const { return full_ ? 0 : used_; }

 private:
  uint8_t* buffer_;
  size_t capacity_;
  size_t used_ = 0;
  bool full_ = false;
};

}  // namespace detail

/// Reads one `key=value` of a TXT record into `out`. Ignores the case of keys, repeated keys, and
/// quotes around a value; unknown keys and invalid values leave `out` unchanged. True for a known
/// key.
inline bool read_ota_txt_entry(TxtText key, TxtText value, OtaTxt& out) {
  const size_t which = detail::txt_key_index(key);
  if (which == detail::kTxtKeyCount) {
    return false;
  }
  const uint16_t bit = static_cast<uint16_t>(1U << which);
  if ((out.seen & bit) != 0) {
    return true;
  }
  out.seen = static_cast<uint16_t>(out.seen | bit);
  const TxtText plain = detail::without_quotes(value);
  switch (which) {
    case 0:
      detail::read_yes_or_no(plain, out.tcp_check);
      break;
    case 1:
      detail::read_yes_or_no(plain, out.ssh_upload);
      break;
    case 2:
      out.board = plain;
      break;
    case 3:
      detail::read_yes_or_no(plain, out.auth_upload);
      break;
    case 4:
      detail::read_known(plain, out.gzip);
      break;
    case 5:
      detail::read_signature(plain, out);
      break;
    case 6:
      detail::read_fingerprint(plain, out);
      break;
    case 7:
      out.version = plain;
      break;
    case 8:
      detail::read_space(plain, out);
      break;
    case 9:
      out.layout = plain;
      break;
    case 10:
      detail::read_chip(plain, out);
      break;
    case 11:
      out.application = plain;
      break;
    case 12:
      out.md5 = plain;
      break;
    default:
      detail::read_known(plain, out.delta);
      break;
  }
  return true;
}

/// Reads the data of a TXT record: strings, each with a length byte before it. False if a string
/// would leave the record; `out` then holds the strings before it.
inline bool parse_ota_txt(const uint8_t* rdata, size_t length, OtaTxt& out) {
  out = OtaTxt();
  size_t at = 0;
  while (at < length) {
    const size_t size = rdata[at++];
    if (size > length - at) {
      return false;
    }
    const char* const text = reinterpret_cast<const char*>(rdata + at);
    const void* const equals = size == 0 ? nullptr : memchr(text, '=', size);
    const size_t key_length =
        equals == nullptr ? size : static_cast<size_t>(static_cast<const char*>(equals) - text);
    const size_t value_at = equals == nullptr ? size : key_length + 1;
    read_ota_txt_entry({text, key_length}, {text + value_at, size - value_at}, out);
    at += size;
  }
  return true;
}

/// Writes the four stock keys in the order of the ESP8266 core, then the known capabilities.
/// Returns the length; 0 if it does not fit or a text is longer than kMaxTxtValue. Without such a
/// text, kMaxOtaTxtLength bytes are enough.
inline size_t format_ota_txt(const OtaTxt& txt, uint8_t* buffer, size_t capacity) {
  detail::TxtWriter writer(buffer, capacity);
  writer.yes_or_no(kTxtTcpCheck, txt.tcp_check);
  writer.yes_or_no(kTxtSshUpload, txt.ssh_upload);
  writer.entry(kTxtBoard, txt.board);
  writer.yes_or_no(kTxtAuthUpload, txt.auth_upload);
  if (txt.gzip != Known::Unknown) {
    writer.word(kTxtGzip, txt.gzip == Known::Yes ? "1" : "0");
  }
  if (txt.signature == TxtSignature::None || txt.signature == TxtSignature::RsaSha256) {
    writer.word(kTxtSignature, txt.signature == TxtSignature::None ? "none" : kTxtRsaSha256);
  }
  if (txt.has_fingerprint) {
    writer.hex(kTxtFingerprint, txt.fingerprint, kTxtFingerprintSize);
  }
  if (txt.version.length > 0) {
    writer.entry(kTxtVersion, txt.version);
  }
  if (txt.has_space) {
    writer.number(kTxtSpace, txt.space);
  }
  if (txt.layout.length > 0) {
    writer.entry(kTxtLayout, txt.layout);
  }
  if (txt.chip != ChipFamily::Unknown) {
    writer.word(kTxtChip, txt.chip == ChipFamily::Esp8266 ? "esp8266" : "esp32");
  }
  if (txt.application.length > 0) {
    writer.entry(kTxtApplication, txt.application);
  }
  if (txt.md5.length > 0) {
    writer.entry(kTxtMd5, txt.md5);
  }
  if (txt.delta != Known::Unknown) {
    writer.word(kTxtDelta, txt.delta == Known::Yes ? "1" : "0");
  }
  return writer.length();
}

}  // namespace otatool::wire
