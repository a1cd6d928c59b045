#include "cli/serve/store_place.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>

namespace otatool::cli {
namespace {

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

/// The folder of the default store; empty if the environment names none.
std::filesystem::path state_folder() {
  // systemd separates several folders by colons.
  const std::string state = environment("STATE_DIRECTORY");
  if (!state.empty()) {
    return state.substr(0, state.find(':'));
  }
  const std::string user = environment("XDG_STATE_HOME");
  if (!user.empty()) {
    return user;
  }
  const std::string home = environment("HOME");
  return home.empty() ? std::filesystem::path() : std::filesystem::path(home) / ".local" / "state";
}

}  // namespace

Result<std::string> state_file(const std::string& path, std::string_view ending) {
  std::error_code error;
  std::filesystem::path served = std::filesystem::weakly_canonical(path, error);
  const std::filesystem::path state = state_folder();
  if (state.empty()) {
    return fail(Errc::StoreFailed, "HOME is not set");
  }
  if (error || served.filename().empty()) {
    return fail(Errc::StoreFailed, fmt::format("'{}' has no name for a file of the store", path));
  }
  const std::filesystem::path folder = state / "otatool";
  std::filesystem::create_directories(folder, error);
  if (error) {
    return fail(Errc::StoreFailed, fmt::format("'{}': {}", folder.string(), error.message()));
  }
  return (folder / fmt::format("serve-{}{}", served.filename().string(), ending)).string();
}

// SQLite's locks are those of POSIX: a process loses them when it closes any descriptor of the
// file. So a server must never open the file as one that a client asks for. Hidden files and
// folders are never opened.
Result<void> check_place(const store::StoreAddress& address, const std::string& served_folder) {
  if (address.kind != store::StoreAddress::Kind::Sqlite || served_folder.empty()) {
    return {};
  }
  std::error_code error;
  const auto place = std::filesystem::weakly_canonical(address.place, error);
  const auto within = place.lexically_relative(std::filesystem::canonical(served_folder, error));
  const bool hidden =
      std::ranges::any_of(within, [](const auto& part) { return part.string().starts_with('.'); });
  if (!within.empty() && !hidden) {
    return fail(Errc::Usage, fmt::format("the store '{}' is in the served folder", address.place));
  }
  return {};
}

}  // namespace otatool::cli
