// A filesystem image of 1 MiB through the upload form of a virtual device: `otatool push` and
// `curl -F` take turns at the same device, without and with a password. Seconds from the start of
// the program to its end, medians, and their ratio:  push_bench [RUNS]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/image_builder.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace {

using otatool::test::Outcome;
using otatool::test::Process;
using otatool::test::ProgramCall;
using Words = std::vector<std::string>;

constexpr std::uint32_t kBlock = 4096;
constexpr std::uint32_t kBlocks = 256;
constexpr const char* kPassword = "a password";

ProgramCall call_of(const std::string& program, Words arguments, bool with_password) {
  ProgramCall call{.program = program, .arguments = std::move(arguments)};
  if (with_password) {
    call.environment["OTATOOL_PASSWORD"] = kPassword;
  }
  call.timeout = std::chrono::minutes(10);
  return call;
}

/// Lets the device do what is asked, and waits until it has restarted; seconds.
double timed(const ProgramCall& call, Process& device, std::string_view success) {
  const auto start = std::chrono::steady_clock::now();
  const Outcome outcome = otatool::test::run(call);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (outcome.exit_code != 0 || outcome.output.find(success) == std::string::npos) {
    fmt::print(stderr, "push_bench: {} fails: {}{}\n", call.program, outcome.output, outcome.error);
    std::exit(1);
  }
  for (bool ended = false; const auto line = device.read_line();) {
    const auto event = nlohmann::json::parse(*line).value("event", "");
    if (ended && event == "boot") {
      return seconds;
    }
    ended = ended || event == "end";
  }
  fmt::print(stderr, "push_bench: the device is gone\n");
  std::exit(1);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void compare(const std::string& image, bool with_password, int runs) {
  Process device(call_of(OTATOOL_BINARY,
                         {"device", "--port", "0", "--http", "0", "--no-announce", "--json"},
                         with_password));
  const auto listening = nlohmann::json::parse(device.read_line().value_or("{}"));
  const std::string url = fmt::format("http://127.0.0.1:{}/update", listening.value("http", 0));
  const ProgramCall push =
      call_of(OTATOOL_BINARY, {"push", image, url, "--fs", "--json"}, with_password);
  // Without its question whether the body is welcome, to which no device has an answer.
  Words words = {"-sS", "-H", "Expect:", "-F", "filesystem=@" + image, url};
  if (with_password) {
    words.insert(words.end(), {"-u", std::string("admin:") + kPassword});
  }
  const ProgramCall curl = call_of("/usr/bin/curl", words, false);
  std::vector<double> push_times;
  std::vector<double> curl_times;
  std::vector<double> ratios;
  for (int i = 0; i < runs; ++i) {
    push_times.push_back(timed(push, device, "\"ok\":true"));
    curl_times.push_back(timed(curl, device, "Update Success"));
    ratios.push_back(push_times.back() / curl_times.back());
  }
  fmt::print("| {} | {:.3f} | {:.3f} | {:.2f} |\n",
             with_password ? "yes" : "no",
             median(push_times),
             median(curl_times),
             median(ratios));
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::max(1, std::atoi(argv[1])) : 9;
  const otatool::test::TemporaryFolder folder;
  const auto blob = otatool::support::littlefs_image(kBlock, kBlocks);
  const std::string image = folder.write("fs.bin", std::string(blob.begin(), blob.end()));
  fmt::print("| password | push, s | curl, s | push / curl |\n|---|---|---|---|\n");
  for (const bool with_password : {false, true}) {
    compare(image, with_password, runs);
  }
  return 0;
}
