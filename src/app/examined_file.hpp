// One input file and all that is known of it: what `info`, `gzip`, `sign` and `upload` start from.
// Here the rooms that read images and that unpack packages come together.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/image/recognise.hpp"
#include "otatool/result.hpp"

namespace otatool::app {

struct ExaminedFile {
  std::string path;  ///< as given; `-` is stdin
  std::vector<std::uint8_t> bytes;
  image::Examined examined;
  /// The fingerprint of the key that it has just been signed with.
  std::optional<std::array<std::uint8_t, 32>> signer = {};

  /// The bytes without a signature behind them.
  [[nodiscard]] Bytes payload() const {
    return Bytes(bytes).first(static_cast<std::size_t>(examined.file.payload_size()));
  }
};

/// Reads and examines the file at `path`, unpacking it if it is a package. FileUnreadable only: a
/// file that cannot be recognised is examined all the same.
[[nodiscard]] Result<ExaminedFile> examine_file(const std::string& path);

/// The same for bytes that are in memory.
[[nodiscard]] image::Examined examine_bytes(Bytes bytes);

}  // namespace otatool::app
