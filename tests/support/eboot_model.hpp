// Model of eboot, the stock loader of the ESP8266: copies a staged file in 4 KiB sectors, takes the
// unpacked size from its last four bytes, and checks neither CRC nor size. Source and target share
// one flash. The model has its own gzip decoder and shares no code with otatool. Spec:
// signing-gzip-images.md 2.1-2.4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "otatool/bytes.hpp"

namespace otatool::test {

/// The number that the loader prints after `cp:`.
enum class CopyResult { Copied = 0, Misaligned = 1, EraseFailed = 2, BadHeader = 5, BadStream = 6 };

class EbootModel {
 public:
  static constexpr std::size_t kSectorBytes = 4096;

  /// Erased flash with `old_sketch` at its start.
  EbootModel(std::size_t flash_bytes, Bytes old_sketch);

  /// A flash that a receiver has written, with `old_sketch` at its start.
  EbootModel(std::vector<std::uint8_t> flash, Bytes old_sketch);

  /// The chip starts with these words at 0x60001200: executes their command and clears it. Empty
  /// without a valid command.
  std::optional<CopyResult> start(std::span<std::uint32_t, 32> rtc);

  /// Stages `file` so that it ends at the sector of `filesystem_start`, like Updater. Returns its
  /// address.
  std::size_t stage_below(std::size_t filesystem_start, Bytes file);
  /// Stages `file` in the first sector after the old sketch, like the web form. Returns its
  /// address.
  std::size_t stage_above_sketch(Bytes file);

  /// Runs the loader with the command to copy `size` bytes from `source` to the start of the flash.
  /// On a corrupt stream the real decoder sometimes continues with garbage; the model always stops
  /// with BadStream. Both have overwritten the start of the flash by then.
  CopyResult copy(std::size_t source, std::size_t size);

  /// Whether the flash starts with exactly `image` and the rest of its last sector is FF.
  [[nodiscard]] bool starts(Bytes image) const;
  /// Whether the old sketch is intact.
  [[nodiscard]] bool old_sketch_starts() const { return starts(old_sketch_); }

  [[nodiscard]] const std::vector<std::uint8_t>& flash() const { return flash_; }

 private:
  void write(std::size_t address, Bytes bytes);

  std::vector<std::uint8_t> flash_;
  std::vector<std::uint8_t> old_sketch_;
};

}  // namespace otatool::test
