#include "doctor/asio_nft_reader.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

namespace otatool::doctor {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kNftPatience{5};
constexpr std::size_t kLongestRules = std::size_t{16} << 20U;
/// sudo and plain users often have no sbin in their PATH.
constexpr std::array kPlaces = {
    "/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft", "/usr/local/sbin/nft"};

const char* find_nft() {
  for (const char* const place : kPlaces) {
    if (access(place, X_OK) == 0) {
      return place;
    }
  }
  return nullptr;
}

/// Reads until the end. False after the deadline or for too much output.
bool read_all(int descriptor, std::string& text) {
  const auto deadline = Clock::now() + kNftPatience;
  std::array<char, 16384> buffer{};
  while (text.size() < kLongestRules) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd wait{.fd = descriptor, .events = POLLIN, .revents = 0};
    const int ready = left > 0 ? poll(&wait, 1, static_cast<int>(left)) : 0;
    if (ready == 0) {
      return false;
    }
    const ssize_t count = ready < 0 ? -1 : read(descriptor, buffer.data(), buffer.size());
    if (count == 0) {
      return true;
    }
    if (count < 0 && errno != EINTR) {
      return false;
    }
    text.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  return false;
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// The output of `nft -j list ruleset`; nothing if it fails.
std::optional<std::string> list_rules(const char* nft) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return std::nullopt;
  }
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::array<std::string, 4> words = {"nft", "-j", "list", "ruleset"};
  const std::array<char*, 5> arguments = {
      words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
  const std::array<char*, 1> environment = {nullptr};
  pid_t child = 0;
  const bool runs =
      posix_spawn(&child, nft, &actions, nullptr, arguments.data(), environment.data()) == 0;
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string text;
  const bool complete = runs && read_all(ends[0], text);
  close(ends[0]);
  if (runs && !complete) {
    kill(child, SIGKILL);
  }
  return runs && wait_for(child) == 0 && complete ? std::optional(std::move(text)) : std::nullopt;
}

bool has_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  return static_cast<bool>(std::getline(file, line)) && !line.empty();
}

}  // namespace

FirewallRules read_firewall_rules() {
  FirewallRules rules;
  rules.legacy_tables =
      has_line("/proc/net/ip_tables_names") || has_line("/proc/net/ip6_tables_names");
  const char* const nft = find_nft();
  if (nft == nullptr) {
    rules.failure = "the program nft is not installed";
    return rules;
  }
  rules.json = list_rules(nft);
  if (!rules.json) {
    rules.needs_root = geteuid() != 0;
    rules.failure = rules.needs_root ? "only root may read them" : "nft cannot read them";
  }
  return rules;
}

}  // namespace otatool::doctor
