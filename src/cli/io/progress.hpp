// How far a transfer is, as text for stderr: a bar on a terminal, a line every 10 % elsewhere.
// Prints nothing and has no clock: the time is passed in, the text goes to Messages::progress.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "cli/io/messages.hpp"

namespace otatool::cli {

/// `640 B`, `12.5 KiB`, `1.2 MiB`.
[[nodiscard]] std::string readable_size(std::uint64_t bytes);

class Progress {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `label` names the target; `width` is the terminal's.
  Progress(ProgressForm form, std::string label, std::uint64_t total_bytes, std::size_t width);

  /// The text to print now that `done_bytes` of all have been delivered; empty if nothing is due. A
  /// bar is drawn at most ten times a second. Fewer bytes than before begin a new attempt.
  [[nodiscard]] std::string update(std::uint64_t done_bytes, Time now);
  /// The text that ends the display: the bar is wiped, as the result follows.
  [[nodiscard]] std::string finish();

 private:
  [[nodiscard]] unsigned percent(std::uint64_t done_bytes) const;
  [[nodiscard]] std::string bar(std::uint64_t done_bytes, Time now) const;
  [[nodiscard]] std::string line(std::uint64_t done_bytes, Time now) const;
  /// Bytes a second since the attempt began; nothing as long as that says little.
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
