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

/// Asks for the password of the targets at `indices`, sends to these again, and replaces their
/// reports. Returns the indices of those that still need a password.
Result<Indices> transfer_with_password(Messages& messages,
                                       const Transfer& job,
                                       const Indices& indices,
                                       std::vector<delivery::Report>& reports,
                                       PasswordPrompt next) {
  const std::string owner = indices.size() == 1 ? job.targets[indices.front()].name
                                                : fmt::format("{} devices", indices.size());
  TRY(const Secret password, ask_password(owner));
  std::vector<ReportedTarget> again;
  for (const std::size_t index : indices) {
    again.push_back(job.targets[index]);
  }
  TransferReporter reporter(messages, std::move(again), next);
  TRY(const delivery::Deliveries deliveries, job.deliveries(indices, &password));
  auto results = delivery::deliver_all(deliveries, job.pool, reporter);
  Indices left;
  for (const std::size_t i : without_password(reporter, results)) {
    left.push_back(indices[i]);
  }
  for (std::size_t i = 0; i < indices.size(); ++i) {
    reports[indices[i]] = std::move(results[i]);
  }
  return left;
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
