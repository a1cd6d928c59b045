// Hints for failed transfers: by the error text of the device, by the error code, and in the
// options of each command.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "otatool/error.hpp"

namespace otatool::cli {

/// A hint for a failed upload of `image_size` bytes: by the text of the device if it sent one (both
/// chip families, espota.md 1.5 and 2.1), otherwise by the error code.
[[nodiscard]] std::string upload_hint(const Error& error, std::size_t image_size);

/// The same, with the options of espota.py.
[[nodiscard]] std::string espota_hint(const Error& error, std::size_t image_size);

/// The same for an ESPHome device.
[[nodiscard]] std::string esphome_hint(const Error& error, std::size_t image_size);

/// The same for a push to a web form.
[[nodiscard]] std::string push_hint(const Error& error, std::size_t image_size);

/// The same by the transport that was taken, as delivery::Report::via names it.
[[nodiscard]] std::string hint_of_way(std::string_view via,
                                      const Error& error,
                                      std::size_t image_size);

}  // namespace otatool::cli
