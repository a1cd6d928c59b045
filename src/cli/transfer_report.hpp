// What all commands that send an image to devices say of it: progress of all targets together, one
// result for each, a summary; lines and a bar for people, one JSON object a line for programs.
#pragma once

#include <chrono>
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/error.hpp"

#include "cli/messages.hpp"
#include "cli/progress.hpp"

namespace otatool::cli {

/// How it went with one target.
struct TransferOutcome {
  std::string name;
  std::string address;  ///< empty when the name did not resolve
  std::optional<Error> error;
  std::string hint;       ///< for the error
  std::size_t bytes = 0;  ///< delivered in the last attempt
  double seconds = 0;
  unsigned attempts = 0;
  std::string_view auth = "none";  ///< how the password was proven
};

/// A further attempt.
struct TransferRetry {
  unsigned attempt;
  std::chrono::milliseconds delay;
  Error reason;
  std::string hint;
};

class TransferReport {
 public:
  TransferReport(Messages& messages, std::vector<std::string> names, std::size_t image_size);

  [[nodiscard]] bool single() const { return names_.size() == 1; }
  [[nodiscard]] const std::string& name(std::size_t target) const { return names_[target]; }

  /// Fewer bytes than before begin a new attempt.
  void on_progress(std::size_t target, std::size_t delivered);
  /// `more` ends the line for people; `fields` are added to the JSON object.
  void on_retry(std::size_t target,
                const TransferRetry& retry,
                std::string_view more,
                const nlohmann::json& fields);
  void on_outcome(const TransferOutcome& outcome);
  /// `exit`: of the process.
  void summarize(std::span<const TransferOutcome> outcomes, int exit, double seconds);

  /// The exit code of all of them together.
  [[nodiscard]] static int exit_code_of(std::span<const TransferOutcome> outcomes);

 private:
  void print_json(const TransferOutcome& outcome);
  void print_success(const TransferOutcome& outcome);
  void end_progress();

  Messages& messages_;
  std::vector<std::string> names_;
  std::size_t image_size_;
  Progress progress_;  ///< of all targets together
  std::vector<std::size_t> delivered_;
  std::size_t delivered_total_ = 0;
};

}  // namespace otatool::cli
