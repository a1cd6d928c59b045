// Options and flow that upload and push share: send to all targets, ask for missing passwords, send
// again.
#pragma once

#include <chrono>
#include <cstddef>
#include <fmt/format.h>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "otatool/result.hpp"
#include "otatool/secret.hpp"

#include "cli/frame/command.hpp"
#include "cli/frame/secrets.hpp"
#include "cli/io/messages.hpp"
#include "cli/io/terminal.hpp"
#include "cli/upload/transfer_reporter.hpp"

namespace otatool::cli {

inline constexpr Option kFilesystemOption = {.name = "fs", .help = "IMAGE is a filesystem image"};
inline constexpr Option kPasswordFileOption = {
    .name = "password-file",
    .value = "FILE",
    .help = "read the password from the first line of FILE (-: stdin)"};
inline constexpr Option kPasswordOption = {
    .name = "password",
    .value = "TEXT",
    .help = "the password; any user of this computer can see it in the process list"};
inline constexpr Option kStallTimeoutOption = {
    .name = "stall-timeout",
    .value = "S",
    .help = "end a transfer after S seconds without data (60)"};
inline constexpr Option kRetriesOption = {
    .name = "retries", .value = "N", .help = "attempts after a broken transfer (2)"};
inline constexpr unsigned kMaxRetries = 100;
inline constexpr Option kJobsOption = {
    .name = "jobs", .letter = 'j', .value = "N", .help = "targets at the same time (4)"};

/// Prompts for a password before the last error counts.
inline constexpr unsigned kMaxPasswordPrompts = 3;

/// The indices of the reports that `reporter` leaves to the next prompt.
template <typename Reporter, typename Report>
[[nodiscard]] std::vector<std::size_t> without_password(const Reporter& reporter,
                                                        const std::vector<Report>& reports) {
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    if (reporter.needs_password(reports[i])) {
      indices.push_back(i);
    }
  }
  return indices;
}

/// Asks for the password of the targets at `indices`, sends to these again, and replaces their
/// reports. Returns the indices of those that still need a password.
template <typename Job, typename Report>
[[nodiscard]] Result<std::vector<std::size_t>> transfer_with_password(
    Messages& messages,
    const Job& job,
    std::span<const std::size_t> indices,
    std::vector<Report>& reports,
    PasswordPrompt next) {
  const std::string owner = indices.size() == 1 ? job.targets[indices.front()].name
                                                : fmt::format("{} devices", indices.size());
  TRY(const Secret password, ask_password(owner));
  std::vector<typename Job::Target> again;
  for (const std::size_t index : indices) {
    again.push_back(Job::with_password(job.targets[index], password));
  }
  typename Job::Reporter reporter(messages, again, job.image.size(), next);
  TRY(auto results, job.send(again, reporter));
  std::vector<std::size_t> left;
  for (const std::size_t i : without_password(reporter, results)) {
    left.push_back(indices[i]);
  }
  for (std::size_t i = 0; i < indices.size(); ++i) {
    reports[indices[i]] = std::move(results[i]);
  }
  return left;
}

/// Sends to all targets and returns the exit code. A `Job` has the types `Target` and `Reporter` (a
/// TransferReporter), an `image`, `targets`, `send(targets, reporter)` that returns one report per
/// target, and `with_password(target, password)`.
template <typename Job>
[[nodiscard]] Result<int> transfer(Messages& messages, const Job& job) {
  const auto begin = std::chrono::steady_clock::now();
  typename Job::Reporter reporter(messages,
                                  job.targets,
                                  job.image.size(),
                                  may_prompt() ? PasswordPrompt::IfMissing : PasswordPrompt::Never);
  TRY(auto reports, job.send(job.targets, reporter));
  std::vector<std::size_t> asked = without_password(reporter, reports);
  for (unsigned prompt = 1; !asked.empty(); ++prompt) {
    const bool last = prompt == kMaxPasswordPrompts;
    TRY(asked,
        transfer_with_password(
            messages, job, asked, reports, last ? PasswordPrompt::Never : PasswordPrompt::IfWrong));
    if (!asked.empty()) {
      messages.warning("the device refused the password; try again");
    }
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  return reporter.summarize(reports, elapsed.count());
}

}  // namespace otatool::cli
