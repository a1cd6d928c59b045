// What an upload costs this computer: time and memory for one device, 100 and 500 at once, and the
// time that the program takes to start. Prints a table.
//   footprint_bench
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

#include "link/spawn.hpp"

namespace otatool::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kStarts = 101;

struct Cost {
  int exit = -1;
  double seconds = 0;
  double peak_mib = 0;  ///< resident memory at its largest
};

Cost run(const std::vector<std::string>& words) {
  const Clock::time_point begin = Clock::now();
  Child child = spawn(nullptr, words);
  const int exit = child.wait();
  const std::chrono::duration<double> elapsed = Clock::now() - begin;
  return {exit, elapsed.count(), static_cast<double>(child.peak_kib()) / 1024};
}

std::string write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string image_of(std::size_t size) {
  std::mt19937_64 random(1);
  std::string bytes(size, '\0');
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random()); });
  bytes[0] = static_cast<char>(0xE9);
  return bytes;
}

void print(const std::string& what, const Cost& cost) {
  fmt::print("| {} | {:.2f} s | {:.1f} MiB |{}\n",
             what,
             cost.seconds,
             cost.peak_mib,
             cost.exit == 0 ? "" : fmt::format(" failed: exit {}", cost.exit));
  std::fflush(stdout);
}

void measure_single(const std::string& image) {
  Child device = spawn(
      nullptr, {OTATOOL_BINARY, "device", "--port", "0", "--no-announce", "--once", "--json"});
  const std::string line = device.read_line();
  const std::size_t at = line.find("\"udp\":");
  const std::string port = at == std::string::npos ? "0" : line.substr(at + 6);
  const std::string target = "127.0.0.1:" + port.substr(0, port.find_first_not_of("0123456789"));
  print("upload of 1 MiB to one device",
        run({OTATOOL_BINARY, "upload", image, target, "--force", "not-an-image", "-q"}));
}

void measure_fleet(const std::filesystem::path& folder, const std::string& image, int devices) {
  Child farm = spawn(nullptr, {DEVICE_FARM_BINARY, std::to_string(devices)});
  std::string lines;
  for (int i = 0; i < devices; ++i) {
    lines += "127.0.0.1:" + farm.read_line() + "\n";
  }
  const std::string targets = write_file(folder / "targets.txt", lines);
  print(fmt::format("upload of 400 KiB to {} devices at once", devices),
        run({OTATOOL_BINARY,
             "upload",
             image,
             "--targets",
             targets,
             "--jobs",
             std::to_string(devices),
             "--force",
             "not-an-image",
             "-q"}));
}

void measure_start() {
  std::vector<double> times;
  double peak_mib = 0;
  for (int i = 0; i < kStarts; ++i) {
    const Cost cost = run({OTATOOL_BINARY, "--version"});
    times.push_back(cost.seconds);
    peak_mib = std::max(peak_mib, cost.peak_mib);
  }
  std::nth_element(times.begin(), times.begin() + kStarts / 2, times.end());
  fmt::print("| start (`otatool --version`), median of {} | {:.1f} ms | {:.1f} MiB |\n",
             kStarts,
             times[kStarts / 2] * 1000,
             peak_mib);
}

void run_all() {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / fmt::format("otatool-footprint-{}", getpid());
  std::filesystem::create_directories(folder);
  fmt::print("| what | time | peak memory |\n|---|---|---|\n");
  measure_start();
  measure_single(write_file(folder / "large.bin", image_of(1024UL * 1024)));
  const std::string image = write_file(folder / "image.bin", image_of(400UL * 1024));
  measure_fleet(folder, image, 100);
  measure_fleet(folder, image, 500);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace otatool::bench

int main() {
  otatool::bench::run_all();
  return 0;
}
