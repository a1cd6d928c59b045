// Time to sign images of 400 KB to 1 MB: `otatool sign`, which reads the key once, checks every
// image and verifies every signature, against one `openssl dgst -sha256 -sign` process for each
// image, which only makes the signature and does not wait until it is on the disk:  sign_bench
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "tests/support/image_builder.hpp"

namespace {

namespace fs = std::filesystem;

constexpr int kManyImages = 200;
constexpr std::size_t kSmallest = 400'000;
constexpr std::size_t kLargest = 1'000'000;

using Command = std::vector<std::string>;

/// Runs to the end without output; ends the benchmark when that fails.
void run(const Command& command) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (const int output : {STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&files, output, "/dev/null", O_WRONLY, 0);
  }
  pid_t child = 0;
  const int started =
      posix_spawnp(&child, arguments[0], &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  int status = 0;
  if (started != 0 || waitpid(child, &status, 0) != child || status != 0) {
    std::fprintf(stderr, "sign_bench: %s failed\n", command[0].c_str());
    std::exit(2);
  }
}

/// Seconds for all commands, the best of `rounds`.
double seconds(const std::vector<Command>& commands, int rounds) {
  double best = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (const Command& command : commands) {
      run(command);
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    best = round == 0 ? taken.count() : std::min(best, taken.count());
  }
  return best;
}

std::vector<std::string> make_images(const fs::path& folder) {
  std::vector<std::string> images;
  images.reserve(kManyImages);
  for (int i = 0; i < kManyImages; ++i) {
    otatool::support::ArduinoSpec spec;
    spec.code_size = kSmallest + (kLargest - kSmallest) * static_cast<std::size_t>(i) / kManyImages;
    const auto image = otatool::support::arduino_image(spec);
    images.push_back(folder / (std::to_string(i) + ".bin"));
    std::ofstream file(images.back(), std::ios::binary);
    file.write(reinterpret_cast<const char*>(image.data()),
               static_cast<std::streamsize>(image.size()));
  }
  return images;
}

void compare(const std::vector<std::string>& images, const std::string& key, int rounds) {
  Command ours = {OTATOOL_BINARY, "sign", "--key", key};
  ours.insert(ours.end(), images.begin(), images.end());
  std::vector<Command> theirs;
  theirs.reserve(images.size());
  for (const std::string& image : images) {
    theirs.push_back(
        {"openssl", "dgst", "-sha256", "-sign", key, "-out", image + ".signature", image});
  }
  const double otatool = seconds({ours}, rounds);
  const double openssl = seconds(theirs, rounds);
  std::printf("  %3zu images: otatool %8.2f ms, openssl %8.2f ms, ratio %.2f\n",
              images.size(),
              otatool * 1e3,
              openssl * 1e3,
              otatool / openssl);
}

}  // namespace

int main() {
  std::string folder = fs::temp_directory_path() / "sign_bench.XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    std::perror("sign_bench");
    return 2;
  }
  const std::string key = folder + "/key.pem";
  run({"openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key});
  const std::vector<std::string> images = make_images(folder);
  std::printf("sign, RSA-2048, images of %zu to %zu bytes\n", kSmallest, kLargest);
  compare({images[images.size() / 2]}, key, 20);
  compare(images, key, 3);
  fs::remove_all(folder);
  return 0;
}
