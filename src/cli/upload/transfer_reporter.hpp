// The output that upload and push share: progress of all targets together, one result per target, a
// summary. Lines and a progress bar for people, JSON lines for programs.
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

/// The end of the line about a retry with small segments.
inline constexpr std::string_view kSmallSegmentsText =
    ", with TCP segments of 536 bytes in case the network drops large packets";

/// The next attempt after an error.
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

/// When the caller asks for a password after the transfer, so that the error is not reported yet.
enum class PasswordPrompt {
  Never,
  IfMissing,  ///< after PasswordNeeded
  IfWrong,    ///< after PasswordNeeded and PasswordRefused
};

class TransferReporter {
 public:
  TransferReporter(Messages& messages,
                   std::vector<std::string> names,
                   std::size_t image_size,
                   PasswordPrompt prompt);

  /// True if this report is not printed because the caller asks for the password.
  [[nodiscard]] bool needs_password(const delivery::Report& report) const;

  /// Prints the summary: for several targets as text, always in JSON. Returns the exit code for all
  /// targets together.
  template <typename Report>
  int summarize(const std::vector<Report>& reports, double seconds) {
    return summarize_all({reports.begin(), reports.end()}, seconds);
  }

 protected:
  [[nodiscard]] Messages& messages() { return messages_; }
  [[nodiscard]] std::size_t image_size() const { return image_size_; }
  [[nodiscard]] const std::string& name(std::size_t target) const { return names_[target]; }

  /// Start of an attempt; `fields` are added to the JSON object.
  void report_start(std::size_t target, std::string_view text, const nlohmann::json& fields);
  void report_phase(std::size_t target, std::string_view text);
  void report_auth(std::size_t target, std::string_view auth);
  void report_trace(std::size_t target, bool sent, std::string_view text);
  /// 0 bytes, or fewer than before, start a new measurement of the rate.
  void report_progress(std::size_t target, std::size_t delivered);
  /// Shows on a terminal what the transfer to `target` waits for, and for how long it still does.
  void report_wait(std::size_t target, std::string_view text, std::chrono::milliseconds left);
  /// `more` ends the line of text; `fields` are added to the JSON object.
  void report_retry(std::size_t target,
                    const TransferRetry& retry,
                    std::string_view more,
                    const nlohmann::json& fields);
  /// `hint`: for the error; `auth`: name of the authentication that was used, or "none".
  void report_result(std::size_t target,
                     const delivery::Report& report,
                     std::string_view hint,
                     std::string_view auth);

 private:
  [[nodiscard]] bool is_single() const { return names_.size() == 1; }
  int summarize_all(const std::vector<delivery::Report>& reports, double seconds);
  void print_json(const delivery::Report& report, std::string_view hint, std::string_view auth);
  void print_success(const delivery::Report& report, double sending, std::string_view auth);
  void end_progress();

  Messages& messages_;
  std::vector<std::string> names_;
  std::size_t image_size_;
  PasswordPrompt prompt_;
  Progress progress_;  ///< of all targets together
  std::vector<std::size_t> delivered_;
  std::vector<Progress::Time> started_;  ///< start of the last delivery
  std::size_t delivered_total_ = 0;
  std::size_t ended_ = 0;  ///< targets with a result
};

}  // namespace otatool::cli
