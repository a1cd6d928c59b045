// Tells of uploads as they go: lines and a bar for people, one JSON object a line for programs.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "otatool/espota/upload.hpp"

#include "cli/messages.hpp"
#include "cli/progress.hpp"

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
  /// The last line of an upload to several targets, and the `summary` of JSON. `exit`: of the
  /// process.
  void summarize(std::span<const espota::TargetReport> reports, int exit, double seconds);

  [[nodiscard]] bool is_held_back(const espota::TargetReport& report) const;

 private:
  void on_start(std::size_t target, const espota::AttemptStarted& started);
  void on_phase(std::size_t target, const espota::PhaseReached& reached);
  void on_progress(std::size_t target, std::size_t delivered);
  void show_progress();
  void end_progress();
  void on_retry(std::size_t target, const espota::RetryScheduled& retry);
  void report_success(const espota::TargetReport& report);
  void report_failure(const espota::TargetReport& report);
  void report_json(const espota::TargetReport& report);
  [[nodiscard]] bool single() const { return targets_.size() == 1; }
  [[nodiscard]] const std::string& name(std::size_t target) const { return targets_[target].name; }

  Messages& messages_;
  std::span<const espota::Target> targets_;
  std::size_t image_size_;
  bool hold_back_;
  Progress progress_;  ///< of all targets together
  std::vector<std::size_t> delivered_;
  std::vector<bool> told_auth_;
  std::size_t delivered_total_ = 0;
};

}  // namespace otatool::cli
