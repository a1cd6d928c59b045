// Recognises signatures at the end of a file by their structure, without a key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "otatool/bytes.hpp"

namespace otatool::signing {

[[nodiscard]] bool all_zero(Bytes bytes);

/// Whether the bytes vary like those of a signature. Text, code and tables vary less.
[[nodiscard]] bool looks_random(Bytes bytes);

/// The last four bytes as the length field of the ESP8266 forms; nothing if the file is shorter.
[[nodiscard]] std::optional<std::uint32_t> trailer_length(Bytes file);

/// The length of the ECDSA signature in DER at the start of `bytes`; nothing if there is none.
[[nodiscard]] std::optional<std::size_t> ecdsa_der_size(Bytes bytes);

}  // namespace otatool::signing
