#include "tests/support/stock_datagram.hpp"

#include <charconv>
#include <cstdint>

namespace otatool::testing {
namespace {

constexpr std::size_t kSumLength = 32;

/// Removes and returns the characters before `end`, and `end`; the rest of `text` without an `end`.
std::string_view up_to(std::string_view& text, char end) {
  const std::size_t length = text.find(end);
  const std::string_view word = text.substr(0, length);
  text.remove_prefix(length == std::string_view::npos ? text.size() : length + 1);
  return word;
}

std::optional<std::uint32_t> number(std::string_view word) {
  std::uint32_t value = 0;
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value);
  if (error != std::errc{} || stop != end) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

DatagramKind kind_of(std::string_view datagram) {
  switch (number(up_to(datagram, ' ')).value_or(1)) {
    case 0:
    case 100:
      return DatagramKind::Invitation;
    case 200:
      return DatagramKind::Response;
    default:
      return DatagramKind::Junk;
  }
}

std::optional<Announcement> read_invitation(std::string_view datagram) {
  if (kind_of(datagram) != DatagramKind::Invitation) {
    return std::nullopt;
  }
  Announcement result;
  result.filesystem = up_to(datagram, ' ') == "100";
  const auto port = number(up_to(datagram, ' '));
  const auto size = number(up_to(datagram, ' '));
  result.md5 = up_to(datagram, '\n');
  if (!port || *port > 0xFFFF || !size || result.md5.size() != kSumLength) {
    return std::nullopt;
  }
  result.host_port = static_cast<std::uint16_t>(*port);
  result.size = *size;
  return result;
}

std::optional<ResponseFields> read_response(std::string_view datagram, std::size_t length) {
  if (kind_of(datagram) != DatagramKind::Response) {
    return std::nullopt;
  }
  up_to(datagram, ' ');
  ResponseFields result;
  result.cnonce = up_to(datagram, ' ');
  result.response = up_to(datagram, '\n');
  if (result.cnonce.size() != length || result.response.size() != length) {
    return std::nullopt;
  }
  return result;
}

}  // namespace otatool::testing
