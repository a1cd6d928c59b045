// Measures time and peak memory of uploads to 1, 100 and 500 virtual devices at once, and of the
// start of the program. Prints a table.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <random>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace {

using otatool::test::Process;
using otatool::test::ProgramCall;
using Words = std::vector<std::string>;

constexpr int kStarts = 101;
constexpr double kMebibyte = 1024.0 * 1024.0;

struct Cost {
  double seconds = 0;
  double peak_mib = 0;
};

ProgramCall call_of(const std::string& program, const Words& arguments) {
  return {.program = program, .arguments = arguments, .timeout = std::chrono::minutes(10)};
}

Cost measure(const Words& arguments) {
  const auto begin = std::chrono::steady_clock::now();
  const auto outcome = otatool::test::run(call_of(OTATOOL_BINARY, arguments));
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  if (outcome.exit_code != 0) {
    fmt::print(stderr, "footprint_bench: otatool {} failed: {}\n", arguments[0], outcome.error);
    std::exit(1);
  }
  return {elapsed.count(), static_cast<double>(outcome.peak_memory_bytes) / kMebibyte};
}

std::string image_of(std::size_t size) {
  std::mt19937_64 random(1);
  std::string bytes(size, '\0');
  std::ranges::generate(bytes, [&] { return static_cast<char>(random()); });
  bytes[0] = static_cast<char>(0xE9);
  return bytes;
}

void progress(const std::string& text) {
  fmt::print(stderr, "footprint_bench: {}\n", text);
}

void measure_start() {
  progress("start");
  std::vector<Cost> costs(kStarts);
  std::ranges::generate(costs, [] { return measure({"--version"}); });
  std::ranges::nth_element(costs, costs.begin() + kStarts / 2, {}, &Cost::seconds);
  fmt::print("| start (`otatool --version`), median of {} | {:.4f} s | {:.1f} MiB |\n",
             kStarts,
             costs[kStarts / 2].seconds,
             std::ranges::max(costs, {}, &Cost::peak_mib).peak_mib);
}

/// Uploads to all `targets` (lines of addresses) at once.
void measure_upload(std::size_t image_size, const std::string& targets) {
  const otatool::test::TemporaryFolder folder;
  const auto devices = std::ranges::count(targets, '\n');
  const Cost cost = measure({"upload",
                             folder.write("image.bin", image_of(image_size)),
                             "--targets",
                             folder.write("targets.txt", targets),
                             "--jobs",
                             std::to_string(devices),
                             "--force",
                             "not-an-image",
                             "-q"});
  fmt::print("| upload of {} KiB to {} devices at once | {:.2f} s | {:.1f} MiB |\n",
             image_size / 1024,
             devices,
             cost.seconds,
             cost.peak_mib);
}

void measure_single() {
  progress("1 device");
  Process device(call_of(OTATOOL_BINARY, {"device", "--port", "0", "--no-announce", "--once"}));
  const std::string line = device.read_error_line().value_or("");
  measure_upload(1024UL * 1024, "127.0.0.1" + line.substr(line.rfind(':')) + "\n");
}

void measure_fleet(int devices) {
  progress(fmt::format("{} devices", devices));
  Process farm(call_of(DEVICE_FARM_BINARY, {std::to_string(devices)}));
  std::string targets;
  for (int i = 0; i < devices; ++i) {
    targets += "127.0.0.1:" + farm.read_line().value_or("0") + "\n";
  }
  measure_upload(400UL * 1024, targets);
}

int measure_all() {
  fmt::print("| | time | peak memory |\n|---|---|---|\n");
  measure_start();
  measure_single();
  measure_fleet(100);
  measure_fleet(500);
  return 0;
}

/// Measures in a process group of its own, so that an interruption ends all programs in it.
int measure_in_group() {
  constexpr int kInterrupted = 130;
  sigset_t signals;
  sigset_t before;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) {
    sigaddset(&signals, signal);
  }
  sigprocmask(SIG_BLOCK, &signals, &before);
  const pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);
    sigprocmask(SIG_SETMASK, &before, nullptr);
    const int result = measure_all();
    std::fflush(stdout);
    _exit(result);
  }
  setpgid(child, child);
  int received = 0;
  sigwait(&signals, &received);
  if (received != SIGCHLD) {
    kill(-child, SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return received == SIGCHLD && WIFEXITED(status) ? WEXITSTATUS(status) : kInterrupted;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  if (word == "--help" || word == "-h") {
    std::puts(
        "usage: footprint_bench\n\n"
        "Measures time and peak memory of uploads to 1, 100 and 500 virtual devices at once, and "
        "of\n"
        "the start of the program. Prints a table.");
    return 0;
  }
  return measure_in_group();
}
