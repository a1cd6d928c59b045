// What all commands that send an image to devices say of it: progress of all targets together, one
// result for each, a summary; lines and a bar for people, one JSON object a line for programs.
#pragma once

#include <chrono>
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/delivery/report.hpp"
#include "otatool/error.hpp"

#include "cli/io/messages.hpp"
#include "cli/io/progress.hpp"

namespace otatool::cli {

/// A further attempt.
struct TransferRetry {
  unsigned attempt;
  std::chrono::milliseconds delay;
  Error reason;
  std::string hint;
};

template <typename Target>
[[nodiscard]] std::vector<std::string> names_of(std::span<const Target> targets) {
  std::vector<std::string> names;
  for (const Target& target : targets) {
    names.push_back(target.name);
  }
  return names;
}

class TransferReport {
 public:
  /// `hold_back_password_questions`: an outcome that a password is needed is not shown, because
  /// the caller will ask for it and try again.
  TransferReport(Messages& messages,
                 std::vector<std::string> names,
                 std::size_t image_size,
                 bool hold_back_password_questions);

  [[nodiscard]] bool single() const { return names_.size() == 1; }
  [[nodiscard]] const std::string& name(std::size_t target) const { return names_[target]; }

  /// 0 bytes, or fewer than before, begin a new attempt, and its rate.
  void on_progress(std::size_t target, std::size_t delivered);
  /// `more` ends the line for people; `fields` are added to the JSON object.
  void on_retry(std::size_t target,
                const TransferRetry& retry,
                std::string_view more,
                const nlohmann::json& fields);
  /// `hint`: for the error; `auth`: how the password was proven, "none" if it was not.
  void on_report(std::size_t target,
                 const delivery::Report& report,
                 std::string_view hint,
                 std::string_view auth);
  [[nodiscard]] bool is_held_back(const delivery::Report& report) const;
  /// The last line of a transfer to several targets, and the `summary` of JSON. Returns the exit
  /// code of all of them together.
  int summarize(const std::vector<delivery::Report>& reports, double seconds);

 private:
  void print_json(const delivery::Report& report, std::string_view hint, std::string_view auth);
  void print_success(const delivery::Report& report, double sending, std::string_view auth);
  void end_progress();

  Messages& messages_;
  std::vector<std::string> names_;
  std::size_t image_size_;
  bool hold_back_;
  Progress progress_;  ///< of all targets together
  std::vector<std::size_t> delivered_;
  std::vector<Progress::Time> began_;  ///< to deliver, in the last attempt
  std::size_t delivered_total_ = 0;
};

}  // namespace otatool::cli
