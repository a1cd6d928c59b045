// One input file and its facts, for info, gzip, sign and upload. Combines the rooms that read
// images and unpack packages.
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
  /// The fingerprint of the key that prepare_release signed it with.
  std::optional<std::array<std::uint8_t, 32>> signer = {};

  /// The bytes without the signature at the end.
  [[nodiscard]] Bytes payload() const {
    return Bytes(bytes).first(static_cast<std::size_t>(examined.file.payload_size()));
  }
};

/// Reads and examines the file at `path`, unpacking it if it is a package. FileUnreadable only:
/// an unrecognised file is no error.
[[nodiscard]] Result<ExaminedFile> examine_file(const std::string& path);

/// The same for bytes that are in memory.
[[nodiscard]] image::Examined examine_bytes(Bytes bytes);

}  // namespace otatool::app
