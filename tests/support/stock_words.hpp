// Configures a stock device by the words of the stock_device command line: `esp8266-2.7`,
// `password=secret`, `loses-ok`, `error-at=20000:1:Flash Write Failed`. Text in, values out.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "otatool/result.hpp"

#include "tests/support/stock_device.hpp"

namespace otatool::testing {

/// The first word is a profile, each other word a quirk, in any order; times are in milliseconds.
/// Fails with Usage and quotes the word.
[[nodiscard]] Result<DeviceSetup> device_from_words(std::span<const std::string_view> words);

/// All words with their meaning, one on each line.
[[nodiscard]] std::string known_words();

}  // namespace otatool::testing
