#include "http/text/proxy_header.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <vector>

#include "otatool/number.hpp"

namespace otatool::http {
namespace {

using Kind = ProxyHeader::Kind;

constexpr std::string_view kVersion1 = "PROXY ";
/// With its end.
constexpr std::size_t kLongestLine = 107;
constexpr std::string_view kVersion2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixedPart = 16;

ProxyHeader malformed() {
  return {.kind = Kind::Malformed, .length = 0, .client = {}};
}

bool begins_like(std::string_view input, std::string_view mark) {
  return input.substr(0, mark.size()) == mark.substr(0, input.size());
}

std::vector<std::string_view> pieces_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t end = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, end));
    if (end == line.size()) {
      return words;
    }
    line.remove_prefix(end + 1);
  }
}

bool is_port(std::string_view text) {
  return !text.empty() && (text == "0" || text.front() != '0') &&
         parse_number<std::uint16_t>(text).has_value();
}

/// Whether `text` has the characters of an IPv4 address, or with `ip6` those of an IPv6 address.
bool is_address(std::string_view text, bool ip6) {
  const std::string_view letters = ip6 ? "0123456789abcdefABCDEF:." : "0123456789.";
  return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos &&
         text.find(ip6 ? ':' : '.') != std::string_view::npos;
}

ProxyHeader read_line(std::string_view input) {
  const std::size_t end = input.substr(0, kLongestLine).find("\r\n");
  if (end == std::string_view::npos) {
    return input.size() < kLongestLine
               ? ProxyHeader{.kind = Kind::Partial, .length = 0, .client = {}}
               : malformed();
  }
  const auto words = pieces_of(input.substr(kVersion1.size(), end - kVersion1.size()));
  ProxyHeader header{.kind = Kind::Complete, .length = end + 2, .client = {}};
  if (words.front() == "UNKNOWN") {
    return header;
  }
  const bool ip6 = words.front() == "TCP6";
  const bool whole = (ip6 || words.front() == "TCP4") && words.size() == 5 &&
                     is_address(words[1], ip6) && is_address(words[2], ip6) && is_port(words[3]) &&
                     is_port(words[4]);
  if (!whole) {
    return malformed();
  }
  header.client = words[1];
  return header;
}

std::string address4(std::string_view bytes) {
  const auto byte = [bytes](std::size_t at) {
    return static_cast<unsigned>(static_cast<unsigned char>(bytes[at]));
  };
  return fmt::format("{}.{}.{}.{}", byte(0), byte(1), byte(2), byte(3));
}

std::string address6(std::string_view bytes) {
  constexpr std::size_t kBytes = 16;
  std::string text;
  for (std::size_t i = 0; i < kBytes; ++i) {
    text += i > 0 && i % 2 == 0 ? ":" : "";
    text += fmt::format("{:02x}", static_cast<unsigned char>(bytes[i]));
  }
  return text;
}

ProxyHeader read_binary(std::string_view input) {
  if (input.size() < kFixedPart) {
    return {.kind = Kind::Partial, .length = 0, .client = {}};
  }
  const auto byte = [input](std::size_t at) {
    return static_cast<unsigned>(static_cast<unsigned char>(input[at]));
  };
  constexpr unsigned kLocal = 0x20;
  constexpr unsigned kProxy = 0x21;
  constexpr unsigned kTcp4 = 0x11;
  constexpr unsigned kTcp6 = 0x21;
  constexpr std::size_t kTcp4Size = 12;
  constexpr std::size_t kTcp6Size = 36;
  const unsigned command = byte(12);
  const unsigned family = byte(13);
  const std::size_t size = byte(14) * 256U + byte(15);
  const bool known = command == kLocal || command == kProxy;
  const bool short_one = command == kProxy && ((family == kTcp4 && size < kTcp4Size) ||
                                               (family == kTcp6 && size < kTcp6Size));
  if (!known || short_one || kFixedPart + size > kLargestProxyHeader) {
    return malformed();
  }
  ProxyHeader header{.kind = Kind::Complete, .length = kFixedPart + size, .client = {}};
  if (input.size() < header.length) {
    header.kind = Kind::Partial;
    return header;
  }
  if (command == kProxy && family == kTcp4) {
    header.client = address4(input.substr(kFixedPart));
  } else if (command == kProxy && family == kTcp6) {
    header.client = address6(input.substr(kFixedPart));
  }
  return header;
}

}  // namespace

ProxyHeader read_proxy_header(std::string_view input) {
  if (input.empty()) {
    return {.kind = Kind::Partial, .length = 0, .client = {}};
  }
  if (begins_like(input, kVersion1)) {
    return input.size() < kVersion1.size()
               ? ProxyHeader{.kind = Kind::Partial, .length = 0, .client = {}}
               : read_line(input);
  }
  return begins_like(input, kVersion2) ? read_binary(input) : ProxyHeader();
}

}  // namespace otatool::http
