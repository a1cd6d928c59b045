// Tells of uploads as they go: lines and a bar for people, one JSON object a line for programs.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "otatool/espota/upload.hpp"

#include "cli/io/messages.hpp"
#include "cli/upload/transfer_report.hpp"

namespace otatool::cli {

class UploadReporter final : public espota::UploadObserver {
 public:
  /// `hold_back_password_questions`: as in TransferReport.
  UploadReporter(Messages& messages,
                 std::span<const espota::Target> targets,
                 std::size_t image_size,
                 bool hold_back_password_questions);

  void on_event(std::size_t target, const espota::UploadEvent& event) override;
  void on_report(std::size_t target, const espota::TargetReport& report) override;
  /// As in TransferReport.
  int summarize(std::span<const espota::TargetReport> reports, double seconds);

  [[nodiscard]] bool is_held_back(const delivery::Report& report) const {
    return report_.is_held_back(report);
  }

 private:
  void on_start(std::size_t target, const espota::AttemptStarted& started);
  void on_phase(std::size_t target, const espota::PhaseReached& reached);
  void on_retry(std::size_t target, const espota::RetryScheduled& retry);

  Messages& messages_;
  std::size_t image_size_;
  TransferReport report_;
  std::vector<bool> told_auth_;
};

}  // namespace otatool::cli
