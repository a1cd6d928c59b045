// The response to a device's password challenge (esphome-ota.md 3).
#pragma once

#include <string>
#include <string_view>

#include "otatool/esphome/session.hpp"

namespace otatool::esphome {

/// Lower-case hex of the hash over password, nonce and cnonce, as texts. `challenge` is not None.
[[nodiscard]] std::string challenge_response(Challenge challenge,
                                             std::string_view password,
                                             std::string_view nonce,
                                             std::string_view cnonce);

/// Hex digits of a nonce, a cnonce and a response.
[[nodiscard]] std::size_t challenge_digits(Challenge challenge);

}  // namespace otatool::esphome
