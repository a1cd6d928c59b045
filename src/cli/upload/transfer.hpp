// Options and flow that upload and push share: send to all targets, ask for missing passwords, send
// again.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "otatool/delivery/deliver.hpp"
#include "otatool/result.hpp"
#include "otatool/secret.hpp"

#include "cli/frame/command.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/io/messages.hpp"
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
inline constexpr Option kMaxTimeOption = {
    .name = "max-time",
    .value = "S",
    .help = "end the upload to a device after S seconds in all (default: by size)"};
inline constexpr Option kJobsOption = {
    .name = "jobs", .letter = 'j', .value = "N", .help = "targets at the same time (4)"};

/// The values of `retries`, `max-time`, `confirm` and `jobs`. Usage.
[[nodiscard]] Result<delivery::PoolOptions> read_pool_options(Invocation& invocation);

struct Transfer {
  std::vector<ReportedTarget> targets;
  delivery::PoolOptions pool;
  /// The deliveries to the targets at `indices`, with `password` in place of their own if it is not
  /// null.
  std::function<Result<delivery::Deliveries>(std::span<const std::size_t> indices,
                                             const Secret* password)>
      deliveries;
};

/// Sends to all targets and returns the exit code. On a terminal it asks for missing passwords, and
/// again for wrong ones.
[[nodiscard]] Result<int> transfer(Messages& messages, const Transfer& job);

}  // namespace otatool::cli
