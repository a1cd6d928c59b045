// Reading datagrams as a stock device does, apart from include/otatool/wire. Spec: espota.md 1.1.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/support/stock_receiver.hpp"

namespace otatool::testing {

enum class DatagramKind { Invitation, Response, Junk };

/// By the first number: 0 and 100 invite, 200 responds.
[[nodiscard]] DatagramKind kind_of(std::string_view datagram);

/// Nothing for another command or an MD5 field that has not 32 characters.
[[nodiscard]] std::optional<Announcement> read_invitation(std::string_view datagram);

struct ResponseFields {
  std::string cnonce;
  std::string response;
};
/// Nothing unless both fields have `length` characters.
[[nodiscard]] std::optional<ResponseFields> read_response(std::string_view datagram,
                                                          std::size_t length);

}  // namespace otatool::testing
