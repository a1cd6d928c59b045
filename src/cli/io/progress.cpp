#include "cli/io/progress.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/io/cell_width.hpp"
#include "cli/io/printable.hpp"

namespace otatool::cli {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr std::chrono::milliseconds kDrawInterval{100};
/// A rate over a shorter time is mostly noise.
constexpr Seconds kShortestMeasurement{0.2};
constexpr std::size_t kWidestBar = 40;
constexpr std::size_t kNarrowestBar = 10;
constexpr std::size_t kWidestLabel = 24;
/// Fixed, so that the bar keeps its length when the numbers get longer or shorter.
constexpr std::size_t kRoomForFacts = 56;
constexpr std::string_view kWipeRestOfLine = "\x1b[K";

std::string time_left(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::ceil(std::min(seconds, 359999.0)));
  if (whole < 60) {
    return fmt::format("{} s left", whole);
  }
  if (whole < 3600) {
    return fmt::format("{}:{:02} left", whole / 60, whole % 60);
  }
  return fmt::format("{}:{:02}:{:02} left", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace

std::string readable_size(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 4> kUnits = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) {
    return fmt::format("{} B", bytes);
  }
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // 1023.96 would be shown as 1024.0, which belongs to the next unit.
  while (size >= 1023.95 && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", size, kUnits[unit]);
}

Progress::Progress(ProgressForm form,
                   std::string label,
                   std::uint64_t total_bytes,
                   std::size_t width)
    : form_(form), label_(printable(label)), total_bytes_(total_bytes), width_(width) {}

std::string Progress::update(std::uint64_t done_bytes, Time now) {
  done_bytes = std::min(done_bytes, total_bytes_);
  if (!started_ || done_bytes == 0 || done_bytes < last_bytes_) {
    begin(done_bytes, now);
  }
  last_bytes_ = done_bytes;
  if (form_ == ProgressForm::Silent) {
    return {};
  }
  if (form_ == ProgressForm::Bar) {
    const bool due = !drawn_ || now - *drawn_ >= kDrawInterval || done_bytes == total_bytes_;
    if (!due) {
      return {};
    }
    drawn_ = now;
    return bar(done_bytes, now);
  }
  const unsigned tenth = percent(done_bytes) / 10;
  if (tenth <= last_tenth_) {
    return {};
  }
  last_tenth_ = tenth;
  return line(done_bytes, now);
}

std::string Progress::wait(std::string_view text, Time now) {
  if (form_ != ProgressForm::Bar) {
    return {};
  }
  drawn_ = now;
  const std::string line =
      fmt::format("{}  {}", first_cells(label_, kWidestLabel), printable(text));
  return fmt::format("\r{}{}", first_cells(line, width_ - 1), kWipeRestOfLine);
}

std::string Progress::finish() {
  return std::exchange(drawn_, std::nullopt) ? fmt::format("\r{}", kWipeRestOfLine) : std::string();
}

void Progress::begin(std::uint64_t done_bytes, Time now) {
  started_ = now;
  started_bytes_ = done_bytes;
  last_tenth_ = 0;
}

unsigned Progress::percent(std::uint64_t done_bytes) const {
  // A product of integers could overflow.
  return total_bytes_ == 0 ? 100
                           : static_cast<unsigned>(100.0 * static_cast<double>(done_bytes) /
                                                   static_cast<double>(total_bytes_));
}

std::optional<double> Progress::rate(std::uint64_t done_bytes, Time now) const {
  const Seconds elapsed = now - *started_;
  if (elapsed < kShortestMeasurement || done_bytes <= started_bytes_) {
    return std::nullopt;
  }
  return static_cast<double>(done_bytes - started_bytes_) / elapsed.count();
}

std::string Progress::bar(std::uint64_t done_bytes, Time now) const {
  std::vector<std::string> facts = {
      fmt::format("{:3} %", percent(done_bytes)),
      fmt::format("  {} / {}", readable_size(done_bytes), readable_size(total_bytes_))};
  if (const auto bytes_a_second = rate(done_bytes, now)) {
    facts.push_back(
        fmt::format("  {}/s", readable_size(static_cast<std::uint64_t>(*bytes_a_second))));
    if (done_bytes < total_bytes_) {
      facts.push_back("  " +
                      time_left(static_cast<double>(total_bytes_ - done_bytes) / *bytes_a_second));
    }
  }
  // The last column stays free: terminals wrap a line that fills it.
  const std::size_t width = width_ - 1;
  const std::string_view label = first_cells(label_, std::min(kWidestLabel, width / 3));
  std::string text = std::string(label) + "  ";
  std::size_t used = cell_width(text);
  const std::size_t needed = used + kRoomForFacts;
  const std::size_t room = width_ > needed ? width_ - needed : 0;
  if (room >= kNarrowestBar) {
    const std::size_t length = std::min(room, kWidestBar);
    const std::size_t filled = length * percent(done_bytes) / 100;
    text += "[" + std::string(filled, '#') + std::string(length - filled, '.') + "] ";
    used += length + 3;
  }
  // A narrow terminal shows the first facts.
  for (const std::string& fact : facts) {
    if (used + fact.size() > width) {
      break;
    }
    text += fact;
    used += fact.size();
  }
  return "\r" + text + std::string(kWipeRestOfLine);
}

std::string Progress::line(std::uint64_t done_bytes, Time now) const {
  std::string text = fmt::format("{}: {} %, {} of {}",
                                 label_,
                                 last_tenth_ * 10,
                                 readable_size(done_bytes),
                                 readable_size(total_bytes_));
  if (const auto bytes_a_second = rate(done_bytes, now)) {
    text += fmt::format(", {}/s", readable_size(static_cast<std::uint64_t>(*bytes_a_second)));
  }
  return text + "\n";
}

}  // namespace otatool::cli
