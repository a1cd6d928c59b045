// A host model of the copy that eboot, the stock loader of the ESP8266, makes of a staged file:
// 4 KiB sectors, the unpacked size from the last four bytes, no check of CRC or size, source and
// target in the same flash. It reads gzip by itself and shares nothing with the code under test.
// Spec: signing-gzip-images.md 2.1-2.4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "otatool/bytes.hpp"

namespace otatool::test {

/// What the loader prints behind `cp:`.
enum class CopyResult { Copied = 0, Misaligned = 1, EraseFailed = 2, BadHeader = 5, BadStream = 6 };

class EbootModel {
 public:
  static constexpr std::size_t kSectorBytes = 4096;

  /// An erased flash with `old_sketch` at its beginning.
  EbootModel(std::size_t flash_bytes, Bytes old_sketch);

  /// Stages `file` so that it ends at the sector of `filesystem_start`, as Updater does.
  /// Returns where.
  std::size_t stage_below(std::size_t filesystem_start, Bytes file);
  /// Stages `file` in the first sector behind the old sketch, as the web form does. Returns where.
  std::size_t stage_above_sketch(Bytes file);

  /// Restarts into the loader with the command to copy `size` bytes at `source` to the beginning of
  /// the flash. Where the genuine decoder sometimes goes on with garbage this one stops with
  /// BadStream; both have overwritten the beginning by then.
  CopyResult copy(std::size_t source, std::size_t size);

  /// Whether the flash begins with exactly `image` and the last sector of it is filled with FF.
  [[nodiscard]] bool starts(Bytes image) const;
  /// Whether the old sketch is still complete and in place.
  [[nodiscard]] bool old_sketch_starts() const { return starts(old_sketch_); }

  [[nodiscard]] const std::vector<std::uint8_t>& flash() const { return flash_; }

 private:
  void write(std::size_t address, Bytes bytes);

  std::vector<std::uint8_t> flash_;
  std::vector<std::uint8_t> old_sketch_;
};

}  // namespace otatool::test
