// The output of a transfer: progress of all targets together, one result per target, a summary.
// Lines and a progress bar for people, JSON lines for programs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/delivery/transfer.hpp"
#include "otatool/error.hpp"

#include "cli/io/messages.hpp"
#include "cli/io/progress.hpp"

namespace otatool::cli {

/// A target of one transfer, with the facts that its messages need.
struct ReportedTarget {
  std::string name;
  std::size_t image_size;  ///< bytes to send to it
  /// The hint for a failed delivery of `image_size` bytes; empty if there is none.
  std::string (*hint)(const Error& error, std::size_t image_size);
};

/// When the caller asks for a password after the transfer, so that the error is not reported yet.
enum class PasswordPrompt {
  Never,
  IfMissing,  ///< after PasswordNeeded
  IfWrong,    ///< after PasswordNeeded and PasswordRefused
};

class TransferReporter final : public delivery::Observer {
 public:
  TransferReporter(Messages& messages, std::vector<ReportedTarget> targets, PasswordPrompt prompt);

  void on_event(std::size_t target, const delivery::Event& event) override;
  void on_report(std::size_t target, const delivery::Report& report) override;

  /// True if this report is not printed because the caller asks for the password.
  [[nodiscard]] bool needs_password(const delivery::Report& report) const;

  /// Prints the summary: for several targets as text, always in JSON. Returns the exit code for all
  /// targets together.
  int summarize(const std::vector<delivery::Report>& reports, double seconds);

 private:
  /// A target and the state of its delivery.
  struct Row {
    ReportedTarget target;
    std::size_t delivered = 0;
    Progress::Time started;      ///< start of the last delivery
    std::size_t whole_size = 0;  ///< bytes without a difference update
  };

  void report_start(const Row& row, const delivery::AttemptStarted& started);
  void report_device(const Row& row, const delivery::DeviceRecognised& device);
  void report_phase(Row& row, delivery::Phase phase);
  void report_resume(const Row& row, const delivery::Resumed& resumed);
  /// 0 bytes, or fewer than before, start a new measurement of the rate.
  void report_progress(Row& row, std::size_t delivered);
  void report_stranger(const Row& row, const delivery::StrangerRefused& refused);
  /// Shows on a terminal what the delivery waits for, and for how long it still does.
  void report_wait(const Row& row, const delivery::Waiting& waiting);
  void report_patch(Row& row, std::size_t bytes);
  void report_refused_patch(Row& row, const Error& reason);
  /// The bytes that the delivery now sends.
  void set_size(Row& row, std::size_t bytes);
  void report_retry(const Row& row, const delivery::RetryScheduled& retry);
  void print_json(const delivery::Report& report, std::string_view hint);
  void print_success(const delivery::Report& report, double sending);
  [[nodiscard]] bool is_single() const { return rows_.size() == 1; }
  void end_progress();

  Messages& messages_;
  std::vector<Row> rows_;
  PasswordPrompt prompt_;
  Progress progress_;  ///< of all targets together
  std::size_t delivered_total_ = 0;
  std::size_t ended_ = 0;  ///< targets with a result
};

}  // namespace otatool::cli
