// Reports the events and results of uploads: lines for people, JSON lines for programs.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "otatool/espota/upload.hpp"

#include "cli/upload/transfer_reporter.hpp"

namespace otatool::cli {

class UploadReporter final : public espota::UploadObserver, public TransferReporter {
 public:
  UploadReporter(Messages& messages,
                 std::span<const espota::Target> targets,
                 std::size_t image_size,
                 PasswordPrompt prompt);

  void on_event(std::size_t target, const espota::UploadEvent& event) override;
  void on_report(std::size_t target, const espota::TargetReport& report) override;

 private:
  void on_start(std::size_t target, const espota::AttemptStarted& started);
  void on_phase(std::size_t target, const espota::PhaseReached& reached);
  void on_retry(std::size_t target, const espota::RetryScheduled& retry);

  std::vector<bool> auth_reported_;
};

}  // namespace otatool::cli
