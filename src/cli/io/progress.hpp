// The progress of a transfer as text for stderr: a bar on a terminal, a line for every 10 %
// elsewhere. Prints nothing and has no clock: the caller gives the time and passes the text to
// Messages::progress.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/io/messages.hpp"

namespace otatool::cli {

/// `640 B`, `12.5 KiB`, `1.2 MiB`.
[[nodiscard]] std::string readable_size(std::uint64_t bytes);

class Progress {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `label` names the target; `width` is the terminal's, at least 20 cells.
  Progress(ProgressForm form, std::string label, std::uint64_t total_bytes, std::size_t width);

  /// The text to print after `done_bytes` bytes were delivered; empty if nothing is due. A bar is
  /// drawn at most ten times a second. A smaller number than before begins a new attempt.
  [[nodiscard]] std::string update(std::uint64_t done_bytes, Time now);
  /// The bytes of the transfer, if they are others than it seemed.
  void set_total(std::uint64_t total_bytes) { total_bytes_ = total_bytes; }
  /// The text to print while nothing arrives: `text` in the place of the bar. Empty except on a
  /// terminal.
  [[nodiscard]] std::string wait(std::string_view text, Time now);
  /// The text that erases the bar before the result.
  [[nodiscard]] std::string finish();

 private:
  [[nodiscard]] unsigned percent(std::uint64_t done_bytes) const;
  [[nodiscard]] std::string bar(std::uint64_t done_bytes, Time now) const;
  [[nodiscard]] std::string line(std::uint64_t done_bytes, Time now) const;
  /// Bytes per second since the attempt began; nothing before there is enough to measure.
  [[nodiscard]] std::optional<double> rate(std::uint64_t done_bytes, Time now) const;
  void begin(std::uint64_t done_bytes, Time now);

  ProgressForm form_;
  std::string label_;
  std::uint64_t total_bytes_;
  std::size_t width_;
  std::optional<Time> started_;
  std::uint64_t started_bytes_ = 0;
  std::uint64_t last_bytes_ = 0;
  unsigned last_tenth_ = 0;
  std::optional<Time> drawn_;
};

}  // namespace otatool::cli
