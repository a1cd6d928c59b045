// Size and time of our packages against `gzip -9` and `zopfli`, each as a process of its own that
// reads one file and writes one:  gzip_bench FILE...
// Fails when a package is not 1 % smaller than that of `gzip -9`, or 0.5 % larger than zopfli's.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <spawn.h>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "otatool/gzip/pack.hpp"

namespace {

namespace gzip = otatool::gzip;

constexpr double kLargestPartOfGzip = 0.99;
constexpr double kLargestPartOfZopfli = 1.005;

struct Packer {
  std::string name;
  std::vector<std::string> command;  ///< writes its result to stdout; the file's name is appended
  int rounds;
};

struct Measure {
  std::uintmax_t size_bytes = 0;
  double seconds = 0;  ///< of processor, the best of all rounds
};

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Processor seconds of one run with stdout in the file `out`, or a negative number.
double run(const std::vector<std::string>& command, const std::string& out) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(
      &files, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t child = 0;
  const int started =
      posix_spawnp(&child, arguments[0], &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  int status = 0;
  rusage usage{};
  if (started != 0 || wait4(child, &status, 0, &usage) != child || status != 0) {
    return -1;
  }
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

Measure measure(const Packer& packer, const std::string& file, const std::string& out) {
  std::vector<std::string> command = packer.command;
  command.push_back(file);
  Measure best;
  for (int round = 0; round < packer.rounds; ++round) {
    const double seconds = run(command, out);
    if (seconds < 0) {
      std::fprintf(stderr, "gzip_bench: cannot run %s\n", packer.name.c_str());
      std::exit(2);
    }
    best.seconds = round == 0 ? seconds : std::min(best.seconds, seconds);
  }
  best.size_bytes = std::filesystem::file_size(out);
  return best;
}

/// Packs `file` to stdout: what a run of ours does.
int pack_file(const std::string& compressor, const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<std::uint8_t> content(std::filesystem::file_size(file));
  in.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(content.size()));
  const auto package = gzip::pack(
      content, {compressor == "zopfli" ? gzip::Compressor::Zopfli : gzip::Compressor::Libdeflate});
  return package && std::fwrite(package->data(), 1, package->size(), stdout) == package->size() &&
                 std::fflush(stdout) == 0
             ? 0
             : 1;
}

double ratio(std::uintmax_t a, std::uintmax_t b) {
  return static_cast<double>(a) / static_cast<double>(b);
}

/// Whether the goals hold for this file.
bool compare(const std::string& self, const std::string& file, const std::string& out) {
  const std::array<Packer, 4> packers = {{{"gzip -9", {"gzip", "-9nc"}, 7},
                                          {"zopfli", {"zopfli", "-c"}, 1},
                                          {"otatool", {self, "--pack", "libdeflate"}, 7},
                                          {"otatool zopfli", {self, "--pack", "zopfli"}, 1}}};
  std::array<Measure, packers.size()> results;
  std::transform(packers.begin(), packers.end(), results.begin(), [&](const Packer& packer) {
    return measure(packer, file, out);
  });
  const std::uintmax_t size = std::filesystem::file_size(file);
  std::printf("%s: %ju bytes\n", std::filesystem::path(file).filename().c_str(), size);
  std::printf("  %-16s %10s %9s %12s %12s\n", "", "bytes", "packed", "/ gzip -9", "time / gzip");
  for (std::size_t i = 0; i < packers.size(); ++i) {
    std::printf("  %-16s %10ju %8.2f%% %11.2f%% %11.2fx\n",
                packers[i].name.c_str(),
                results[i].size_bytes,
                100 * ratio(results[i].size_bytes, size),
                100 * ratio(results[i].size_bytes, results[0].size_bytes),
                results[i].seconds / std::max(results[0].seconds, 1e-4));
  }
  return ratio(results[2].size_bytes, results[0].size_bytes) <= kLargestPartOfGzip &&
         ratio(results[2].size_bytes, results[1].size_bytes) <= kLargestPartOfZopfli;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 3 && arguments[0] == "--pack") {
    return pack_file(arguments[1], arguments[2]);
  }
  const std::string out =
      std::filesystem::temp_directory_path() / ("gzip_bench." + std::to_string(getpid()));
  bool good = !arguments.empty();
  for (const std::string& file : arguments) {
    good = compare("/proc/self/exe", file, out) && good;
  }
  std::filesystem::remove(out);
  return good ? 0 : 1;
}
