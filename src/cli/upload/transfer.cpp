#include "cli/upload/transfer.hpp"

#include <chrono>
#include <fmt/format.h>
#include <numeric>
#include <string>
#include <utility>

#include "cli/frame/option_reader.hpp"
#include "cli/frame/secrets.hpp"
#include "cli/io/terminal.hpp"
#include "cli/upload/confirm_options.hpp"

namespace otatool::cli {
namespace {

constexpr unsigned kMaxRetries = 100;
constexpr std::size_t kMaxJobs = 10'000;

/// Prompts for a password before the last error counts.
constexpr unsigned kMaxPasswordPrompts = 3;

using Indices = std::vector<std::size_t>;

/// The indices of the reports that `reporter` leaves to the next prompt.
Indices without_password(const TransferReporter& reporter,
                         const std::vector<delivery::Report>& reports) {
  Indices indices;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    if (reporter.needs_password(reports[i])) {
      indices.push_back(i);
    }
  }
  return indices;
}

std::vector<ReportedTarget> targets_at(const Transfer& job, const Indices& indices) {
  std::vector<ReportedTarget> targets;
  targets.reserve(indices.size());
  for (const std::size_t index : indices) {
    targets.push_back(job.targets[index]);
  }
  return targets;
}

/// Asks for the password of the targets at `indices`. After Ctrl-C it does not ask.
Result<Secret> password_for(const Transfer& job,
                            const Indices& indices,
                            const std::vector<delivery::Report>& reports) {
  for (const delivery::Report& report : reports) {
    if (report.error && report.error->code() == Errc::Interrupted) {
      return fail(Errc::Interrupted, "interrupted before the password prompt");
    }
  }
  return ask_password(indices.size() == 1 ? job.targets[indices.front()].name
                                          : fmt::format("{} devices", indices.size()));
}

/// Puts `results` in place of the reports of the targets at `indices`. Returns the indices of those
/// that still need a password.
Indices replace_reports(const TransferReporter& reporter,
                        const Indices& indices,
                        std::vector<delivery::Report> results,
                        std::vector<delivery::Report>& reports) {
  Indices left;
  for (const std::size_t i : without_password(reporter, results)) {
    left.push_back(indices[i]);
  }
  for (std::size_t i = 0; i < indices.size(); ++i) {
    reports[indices[i]] = std::move(results[i]);
  }
  return left;
}

/// Ends the targets at `indices`, which get no password, with `error`.
void end_without_password(Messages& messages,
                          const Transfer& job,
                          const Indices& indices,
                          const Error& error,
                          std::vector<delivery::Report>& reports) {
  TransferReporter reporter(messages, targets_at(job, indices), PasswordPrompt::Never);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    delivery::Report& report = reports[indices[i]];
    report.error = error;
    reporter.on_report(i, report);
  }
}

}  // namespace

Result<delivery::PoolOptions> read_pool_options(Invocation& invocation) {
  OptionReader read(invocation);
  delivery::PoolOptions options;
  options.retries = read.number<unsigned>("retries", {0, kMaxRetries}, options.retries);
  options.max_time = read.seconds("max-time");
  options.confirm = read.take(read_confirm(invocation));
  options.jobs = read.number<std::size_t>("jobs", {1, kMaxJobs}, options.jobs);
  return read.finish(options);
}

Result<int> transfer(Messages& messages, const Transfer& job) {
  const auto begin = std::chrono::steady_clock::now();
  TransferReporter reporter(
      messages, job.targets, may_prompt() ? PasswordPrompt::IfMissing : PasswordPrompt::Never);
  Indices all(job.targets.size());
  std::iota(all.begin(), all.end(), 0);
  TRY(const delivery::Deliveries deliveries, job.deliveries(all, nullptr));
  auto reports = delivery::deliver_all(deliveries, job.pool, reporter);
  Indices asked = without_password(reporter, reports);
  for (unsigned prompt = 1; !asked.empty(); ++prompt) {
    const auto password = password_for(job, asked, reports);
    if (!password) {
      end_without_password(messages, job, asked, password.error(), reports);
      break;
    }
    const bool last = prompt == kMaxPasswordPrompts;
    TransferReporter again(
        messages, targets_at(job, asked), last ? PasswordPrompt::Never : PasswordPrompt::IfWrong);
    TRY(const delivery::Deliveries repeated, job.deliveries(asked, &*password));
    asked =
        replace_reports(again, asked, delivery::deliver_all(repeated, job.pool, again), reports);
    if (!asked.empty()) {
      messages.warning("the device refused the password; try again");
    }
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  return reporter.summarize(reports, elapsed.count());
}

}  // namespace otatool::cli
