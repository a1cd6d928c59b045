// The datagrams of espota: reading and writing them, for both ends.
// Freestanding C++17, no heap; every buffer belongs to the caller. Spec: espota.md 1.1, 1.2, 2.2.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace otatool::wire {

constexpr uint16_t kEsp8266Port = 8266;
constexpr uint16_t kEsp32Port = 3232;

/// What the image of an invitation replaces; the first number of the datagram.
enum class Command : uint8_t { Flash = 0, Filesystem = 100 };
/// The first number of a response to a challenge.
constexpr uint32_t kAuthenticate = 200;

constexpr size_t kMd5HexLength = 32;
constexpr size_t kSha256HexLength = 64;
/// The hash of a nonce, of a response and of the stored password.
enum class AuthHash : uint8_t {
  None,    ///< no authentication
  Md5,     ///< 32-digit nonce: ESP8266, and ESP32 cores before 3.3.1
  Sha256,  ///< 64-digit nonce, PBKDF2: ESP32 cores from 3.3.1 on
};
/// PBKDF2-HMAC-SHA256 rounds of ESP32 cores from 3.3.1 on.
constexpr uint32_t kPbkdf2Iterations = 10000;

constexpr char kOk[] = "OK";
constexpr char kAuthenticationFailed[] = "Authentication Failed";
/// Begins a datagram in which an ESP8266 core refuses to start the update.
constexpr char kBeginErrorPrefix[] = "ERR:";

/// `<command> <host TCP port> <size> <md5>\n`, all numbers decimal.
struct Invitation {
  Command command;
  uint16_t host_port;       ///< where the device connects back to
  uint32_t image_size;      ///< bytes that will follow over TCP
  char md5[kMd5HexLength];  ///< lower-case hex of exactly those bytes, not terminated
};
constexpr size_t kMaxInvitationLength = 64;

/// `AUTH <nonce>`; the nonce points into the datagram and may have any length.
struct Challenge {
  const char* nonce;
  size_t nonce_length;
};
constexpr size_t kMaxChallengeLength = 5 + kSha256HexLength;

/// `200 <cnonce> <response>\n`; both fields have `hex_length` digits and point into the datagram.
struct Response {
  const char* cnonce;
  const char* response;
  size_t hex_length;
};
constexpr size_t kMaxResponseLength = 4 + kSha256HexLength + 1 + kSha256HexLength + 1;

namespace detail {

/// A reading position in a datagram; every step returns false at the first surprise.
class Reader {
 public:
  Reader(const char* text, size_t length) : at_(text), end_(text + length) {}

  bool number(uint32_t largest, uint32_t& value) {
    uint64_t sum = 0;
    const char* const first = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') {
      sum = sum * 10 + static_cast<uint32_t>(*at_++ - '0');
      if (sum > largest) {
        return false;
      }
    }
    value = static_cast<uint32_t>(sum);
    return at_ != first;
  }
  bool space() { return at_ != end_ && *at_++ == ' '; }
  /// The characters up to the next space, line end or the end of the datagram.
  size_t word(const char*& first) {
    first = at_;
    while (at_ != end_ && *at_ != ' ' && *at_ != '\n' && *at_ != '\r') {
      ++at_;
    }
    return static_cast<size_t>(at_ - first);
  }
  bool at_line_end() const { return at_ == end_ || *at_ == '\n' || *at_ == '\r'; }

 private:
  const char* at_;
  const char* end_;
};

/// A writing position in a buffer that is known to be large enough.
class Writer {
 public:
  explicit Writer(char* buffer) : begin_(buffer), at_(buffer) {}

  Writer& number(uint32_t value) {
    char digits[10];
    size_t count = 0;
    do {
      digits[count++] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    while (count != 0) {
      *at_++ = digits[--count];
    }
    return *this;
  }
  Writer& text(const char* bytes, size_t length) {
    memcpy(at_, bytes, length);
    at_ += length;
    return *this;
  }
  Writer& character(char c) {
    *at_++ = c;
    return *this;
  }
  size_t length() const { return static_cast<size_t>(at_ - begin_); }

 private:
  char* begin_;
  char* at_;
};

}  // namespace detail

/// Reads an invitation. False for another command, a port of 0 or above 65535, a size above 32
/// bits, or an MD5 field that has not 32 characters (a device ignores such datagrams silently).
inline bool parse_invitation(const char* text, size_t length, Invitation& out) {
  detail::Reader reader(text, length);
  uint32_t command = 0;
  uint32_t port = 0;
  const char* md5 = nullptr;
  if (!reader.number(kAuthenticate, command) || !reader.space() || !reader.number(0xFFFF, port) ||
      !reader.space() || !reader.number(0xFFFFFFFF, out.image_size) || !reader.space() ||
      reader.word(md5) != kMd5HexLength || !reader.at_line_end() || port == 0) {
    return false;
  }
  if (command != static_cast<uint32_t>(Command::Flash) &&
      command != static_cast<uint32_t>(Command::Filesystem)) {
    return false;
  }
  out.command = static_cast<Command>(command);
  out.host_port = static_cast<uint16_t>(port);
  memcpy(out.md5, md5, kMd5HexLength);
  return true;
}

/// Writes an invitation, line end included; `buffer` holds kMaxInvitationLength. Returns its
/// length.
inline size_t format_invitation(const Invitation& invitation, char* buffer) {
  return detail::Writer(buffer)
      .number(static_cast<uint32_t>(invitation.command))
      .character(' ')
      .number(invitation.host_port)
      .character(' ')
      .number(invitation.image_size)
      .character(' ')
      .text(invitation.md5, kMd5HexLength)
      .character('\n')
      .length();
}

/// Reads `AUTH <nonce>`; a line end behind it is tolerated. False when it is something else.
inline bool parse_challenge(const char* text, size_t length, Challenge& out) {
  constexpr char kPrefix[] = "AUTH ";
  constexpr size_t kPrefixLength = sizeof(kPrefix) - 1;
  if (length < kPrefixLength || memcmp(text, kPrefix, kPrefixLength) != 0) {
    return false;
  }
  detail::Reader reader(text + kPrefixLength, length - kPrefixLength);
  out.nonce_length = reader.word(out.nonce);
  return reader.at_line_end();
}

/// Writes a challenge without line end; `buffer` holds kMaxChallengeLength. Returns its length.
inline size_t format_challenge(const Challenge& challenge, char* buffer) {
  return detail::Writer(buffer)
      .text("AUTH ", 5)
      .text(challenge.nonce, challenge.nonce_length)
      .length();
}

/// Reads a response whose two fields have `hex_length` characters each (32 or 64). False otherwise.
inline bool parse_response(const char* text, size_t length, size_t hex_length, Response& out) {
  detail::Reader reader(text, length);
  uint32_t command = 0;
  out.hex_length = hex_length;
  return reader.number(kAuthenticate, command) && command == kAuthenticate && reader.space() &&
         reader.word(out.cnonce) == hex_length && reader.space() &&
         reader.word(out.response) == hex_length && reader.at_line_end();
}

/// Writes a response, line end included; `buffer` holds kMaxResponseLength. Returns its length.
inline size_t format_response(const Response& response, char* buffer) {
  return detail::Writer(buffer)
      .number(kAuthenticate)
      .character(' ')
      .text(response.cnonce, response.hex_length)
      .character(' ')
      .text(response.response, response.hex_length)
      .character('\n')
      .length();
}

}  // namespace otatool::wire
