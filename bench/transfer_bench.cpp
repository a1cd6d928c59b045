// How long an upload takes over a link with delay and loss, to a device with the small receive
// window of an ESP: `otatool upload`, the same in lock-step (as espota.py works), and unlimited
// streaming. Prints a table of medians in seconds and their ratios.
//   transfer_bench [REPEATS [IMAGE_BYTES]]
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

#include "link/carrier.hpp"
#include "link/namespaces.hpp"
#include "link/spawn.hpp"

namespace otatool::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Words = std::vector<std::string>;

constexpr const char* kDeviceAddress = "10.77.0.2";
constexpr const char* kHostAddress = "10.77.0.1";
constexpr int kSkipped = 77;
/// Below this time the start of the processes is what is measured, and with loss it matters which
/// packets are lost: more runs, steadier medians.
constexpr double kShortRun = 0.5;
constexpr int kUnsteadyFactor = 5;

struct Cell {
  int window;
  int mtu;
  int delay_ms;
  double loss;
};

constexpr std::array kCells = {
    Cell{5840, 1500, 0, 0},
    Cell{5840, 1500, 2, 0},
    Cell{5840, 1500, 5, 0},
    Cell{5840, 1500, 20, 0},
    Cell{2144, 576, 0, 0},
    Cell{2144, 576, 2, 0},
    Cell{2144, 576, 5, 0},
    Cell{2144, 576, 20, 0},
    Cell{5840, 1500, 2, 0.01},
    Cell{5840, 1500, 2, 0.03},
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void write_image(const std::filesystem::path& path, std::size_t size) {
  std::mt19937_64 random(1);
  std::string bytes(size, '\0');
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random()); });
  bytes[0] = static_cast<char>(0xE9);
  std::ofstream(path, std::ios::binary) << bytes;
}

/// One upload over a fresh link to a fresh device; seconds, or a negative number when it failed.
double time_upload(const Cell& cell, std::uint64_t seed, const Words& uploader) {
  Result<Namespace> host = make_namespace(kHostAddress, cell.mtu);
  Result<Namespace> device = make_namespace(kDeviceAddress, cell.mtu);
  if (!host || !device) {
    const Error& error = host ? device.error() : host.error();
    fmt::print("skipped: {}\n", error.message());
    std::exit(kSkipped);
  }
  const LinkQuality quality{std::chrono::milliseconds(cell.delay_ms), cell.loss, 0, seed};
  const Carrier carrier(host->tun.get(), device->tun.get(), quality);
  Child receiver = spawn(&*device,
                         {OTATOOL_BINARY,
                          "device",
                          "--bind",
                          kDeviceAddress,
                          "--port",
                          "8266",
                          "--window",
                          std::to_string(cell.window),
                          "--no-announce",
                          "--once",
                          "--json"});
  if (receiver.read_line().find("listening") == std::string::npos) {
    return -1;
  }
  const Clock::time_point begin = Clock::now();
  const int exit = spawn(&*host, uploader).wait();
  const std::chrono::duration<double> elapsed = Clock::now() - begin;
  return exit == 0 ? elapsed.count() : -1;
}

std::string time_uploads(const Cell& cell, int repeats, const Words& uploader, double& result) {
  std::vector<double> times;
  int failures = 0;
  for (int i = 0; i < repeats; ++i) {
    const double seconds = time_upload(cell, static_cast<std::uint64_t>(i) + 1, uploader);
    if (seconds < 0) {
      ++failures;
      continue;
    }
    times.push_back(seconds);
    if (i == 0 && (seconds < kShortRun || cell.loss > 0)) {
      repeats *= kUnsteadyFactor;
    }
  }
  result = times.empty() ? 0 : median(times);
  return failures == 0 ? fmt::format("{:.2f}", result)
                       : fmt::format("{:.2f} ({} failed)", result, failures);
}

void measure(const Cell& cell, int repeats, const std::string& image) {
  const Words upload = {OTATOOL_BINARY,
                        "upload",
                        image,
                        kDeviceAddress,
                        "--port",
                        "8266",
                        "-q",
                        "--force",
                        "not-an-image"};
  Words lockstep = upload;
  lockstep.emplace_back("--lockstep");
  const Words streaming = {STREAMING_PEER, kDeviceAddress, "8266", image};
  double ours = 0;
  double stepping = 0;
  double unlimited = 0;
  const std::string ours_text = time_uploads(cell, repeats, upload, ours);
  const std::string unlimited_text = time_uploads(cell, repeats, streaming, unlimited);
  const std::string stepping_text = time_uploads(cell, repeats, lockstep, stepping);
  fmt::print("| {} | {} ms | {:.0f} % | {} | {} | {} | {:.2f} | {:.1f} |\n",
             cell.window,
             cell.delay_ms,
             cell.loss * 100,
             ours_text,
             unlimited_text,
             stepping_text,
             ours / unlimited,
             stepping / ours);
  std::fflush(stdout);
}

int run(int repeats, std::size_t size) {
  if (const Result<Namespace> probe = make_namespace(kHostAddress, 1500); !probe) {
    fmt::print("skipped: {}\n", probe.error().message());
    return kSkipped;
  }
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / fmt::format("otatool-bench-{}", getpid());
  std::filesystem::create_directories(folder);
  const std::string image = folder / "image.bin";
  write_image(image, size);
  fmt::print(
      "{} bytes, one-way delay, loss in each direction; seconds, median of {} runs or more\n\n"
      "| window | delay | loss | upload | streaming | lock-step | upload / streaming | "
      "lock-step / upload |\n|---|---|---|---|---|---|---|---|\n",
      size,
      repeats);
  for (const Cell& cell : kCells) {
    measure(cell, repeats, image);
  }
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace otatool::bench

int main(int argc, char** argv) {
  const int repeats = argc > 1 ? std::atoi(argv[1]) : 3;
  const std::size_t size = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 400UL * 1024;
  if (repeats < 1 || size < 1024) {
    fmt::print(stderr, "usage: transfer_bench [REPEATS [IMAGE_BYTES]]\n");
    return 2;
  }
  return otatool::bench::run(repeats, size);
}
