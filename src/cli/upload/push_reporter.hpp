// Tells of pushes to web forms as they go, in the same lines and JSON objects as an upload.
#pragma once

#include <cstddef>
#include <span>

#include "otatool/http/push.hpp"

#include "cli/io/messages.hpp"
#include "cli/upload/transfer_report.hpp"

namespace otatool::cli {

class PushReporter final : public http::PushObserver {
 public:
  /// `hold_back_password_questions`: as in TransferReport.
  PushReporter(Messages& messages,
               std::span<const http::PushTarget> targets,
               std::size_t image_size,
               bool hold_back_password_questions);

  void on_event(std::size_t target, const http::PushEvent& event) override;
  void on_report(std::size_t target, const http::PushReport& report) override;
  /// As in TransferReport.
  int summarize(std::span<const http::PushReport> reports, double seconds);

  [[nodiscard]] bool is_held_back(const delivery::Report& report) const {
    return report_.is_held_back(report);
  }

 private:
  void on_start(std::size_t target, const http::PushStarted& started);

  Messages& messages_;
  std::span<const http::PushTarget> targets_;
  std::size_t image_size_;
  TransferReport report_;
};

}  // namespace otatool::cli
