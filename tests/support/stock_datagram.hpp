// Parses datagrams as a stock device does; shares no code with include/otatool/wire. Spec:
// espota.md 1.1.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/support/stock_receiver.hpp"

namespace otatool::testing {

enum class DatagramKind { Invitation, Response, Junk };

/// Kind of a datagram by its first number: 0 and 100 are invitations, 200 is a response.
[[nodiscard]] DatagramKind kind_of(std::string_view datagram);

/// Nothing for other commands and for an MD5 field that does not have 32 characters.
[[nodiscard]] std::optional<Announcement> read_invitation(std::string_view datagram);

struct ResponseFields {
  std::string cnonce;
  std::string response;
};
/// Nothing unless both fields have `length` characters.
[[nodiscard]] std::optional<ResponseFields> read_response(std::string_view datagram,
                                                          std::size_t length);

}  // namespace otatool::testing
