// The outward shape of signatures at the end of a file, told without any key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "otatool/bytes.hpp"

namespace otatool::signing {

[[nodiscard]] bool all_zero(Bytes bytes);

/// Do the bytes vary as those of a signature do? Text, code and tables of firmware vary less.
[[nodiscard]] bool looks_random(Bytes bytes);

/// The last four bytes as the length field of the ESP8266 forms; nothing in a shorter file.
[[nodiscard]] std::optional<std::uint32_t> trailer_length(Bytes file);

/// The length of the ECDSA signature in DER at the start of `bytes`; nothing when there is none.
[[nodiscard]] std::optional<std::size_t> ecdsa_der_size(Bytes bytes);

}  // namespace otatool::signing
