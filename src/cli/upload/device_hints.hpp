// What to do about what a device said, by its own words, and about uploads that need more than a
// general hint.
#pragma once

#include <cstddef>
#include <string>

#include "otatool/error.hpp"

namespace otatool::cli {

/// A hint for the failure of an upload of `image_size` bytes: from the device's text when it sent
/// one (both families, espota.md 1.5 and 2.1), otherwise by the code.
[[nodiscard]] std::string upload_hint(const Error& error, std::size_t image_size);

/// The same in the options of espota.py.
[[nodiscard]] std::string espota_hint(const Error& error, std::size_t image_size);

/// The same for a push to a web form.
[[nodiscard]] std::string push_hint(const Error& error, std::size_t image_size);

}  // namespace otatool::cli
