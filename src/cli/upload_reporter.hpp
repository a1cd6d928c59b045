// Tells of uploads as they go: lines and a bar for people, one JSON object a line for programs.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "otatool/espota/upload.hpp"

#include "cli/messages.hpp"
#include "cli/transfer_report.hpp"

namespace otatool::cli {

class UploadReporter final : public espota::UploadObserver {
 public:
  /// `hold_back_password_questions`: a report that a password is needed is not shown, because the
  /// caller will ask for it and try again.
  UploadReporter(Messages& messages,
                 std::span<const espota::Target> targets,
                 std::size_t image_size,
                 bool hold_back_password_questions);

  void on_event(std::size_t target, const espota::UploadEvent& event) override;
  void on_report(std::size_t target, const espota::TargetReport& report) override;
  /// The last line of an upload to several targets, and the `summary` of JSON. Returns the exit
  /// code.
  int summarize(std::span<const espota::TargetReport> reports, double seconds);

  [[nodiscard]] bool is_held_back(const espota::TargetReport& report) const;

 private:
  void on_start(std::size_t target, const espota::AttemptStarted& started);
  void on_phase(std::size_t target, const espota::PhaseReached& reached);
  void on_retry(std::size_t target, const espota::RetryScheduled& retry);
  [[nodiscard]] TransferOutcome outcome_of(const espota::TargetReport& report) const;

  Messages& messages_;
  std::size_t image_size_;
  bool hold_back_;
  TransferReport report_;
  std::vector<bool> told_auth_;
};

}  // namespace otatool::cli
