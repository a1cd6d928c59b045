// Hides the PIN in PKCS#11 URIs. A user may give such a URI where a key file belongs.
#pragma once

#include <string>

namespace otatool::cli {

/// `text` with `***` for the values of `pin-value` and `pin-source` (RFC 7512 2.4).
[[nodiscard]] std::string without_pins(std::string text);

}  // namespace otatool::cli
