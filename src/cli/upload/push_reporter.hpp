// Reports the events and results of pushes to web forms: lines for people, JSON lines for programs.
#pragma once

#include <cstddef>
#include <span>

#include "otatool/http/push.hpp"

#include "cli/upload/transfer_reporter.hpp"

namespace otatool::cli {

class PushReporter final : public http::PushObserver, public TransferReporter {
 public:
  PushReporter(Messages& messages,
               std::span<const http::PushTarget> targets,
               std::size_t image_size,
               PasswordPrompt prompt);

  void on_event(std::size_t target, const http::PushEvent& event) override;
  void on_report(std::size_t target, const http::PushReport& report) override;

 private:
  void on_start(std::size_t target, const http::PushStarted& started);

  std::span<const http::PushTarget> targets_;
};

}  // namespace otatool::cli
