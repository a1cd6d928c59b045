#include "cli/serve/serve_sandbox.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "files/sandbox.hpp"

namespace otatool::cli {
namespace {

/// Where the server opens the log again: after SIGHUP the file may be a new one of its folder.
std::vector<std::string> places_of_log(const std::string& log) {
  std::error_code error;
  const auto kind = std::filesystem::status(log, error).type();
  const bool is_file =
      kind == std::filesystem::file_type::regular || kind == std::filesystem::file_type::not_found;
  return is_file ? std::vector{std::filesystem::absolute(log, error).parent_path().string(), log}
                 : std::vector{log};
}

/// What libpq needs to connect again: names of hosts, certificates, its password file and sockets.
void add_database_paths(files::SandboxPaths& paths) {
  paths.connects = true;
  paths.read.insert(paths.read.end(), {"/etc", "/run", "/usr", "/lib", "/dev/urandom"});
  for (const char* name :
       {"PGPASSFILE", "PGSERVICEFILE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY"}) {
    if (const char* const file = std::getenv(name)) {
      paths.read.emplace_back(file);
    }
  }
  if (const char* const home = std::getenv("HOME")) {
    for (const char* name : {"/.pgpass", "/.pg_service.conf", "/.postgresql"}) {
      paths.read.push_back(std::string(home) + name);
    }
  }
}

/// What the server opens again while it runs.
files::SandboxPaths paths_of(const Invocation& invocation,
                             const std::optional<ServeTls>& tls,
                             const ServeStore& store) {
  files::SandboxPaths paths;
  const auto may_read = [&paths](const std::string& path) {
    const auto folders = path.empty() ? std::vector<std::string>() : files::folders_around(path);
    paths.read.insert(paths.read.end(), folders.begin(), folders.end());
  };
  may_read(invocation.arguments().front());
  may_read(invocation.value("base").value_or(""));
  // SIGHUP reads these again.
  if (tls) {
    may_read(tls->files.certificate);
    may_read(tls->files.key);
    may_read(tls->files.client_roots);
    may_read(tls->files.revocations);
  }
  // The library recognises copies of these, also after a change.
  may_read(invocation.value("auth-file").value_or(""));
  may_read(invocation.value("status-auth").value_or(""));
  may_read(invocation.value("admin-file").value_or(""));
  for (const auto& [name, device] : invocation.devices()) {
    may_read(device.password_file.value_or(""));
    may_read(device.encryption_key_file.value_or(""));
  }
  const std::string log = invocation.value("access-log").value_or("-");
  if (log != "-") {
    paths.write = places_of_log(log);
  }
  if (!store.folder().empty()) {
    // SQLite makes and removes files beside its own.
    paths.own.push_back(store.folder());
  }
  if (store.connects()) {
    std::ranges::for_each(store.files(), may_read, &store::StoreFile::path);
    add_database_paths(paths);
  }
  return paths;
}

std::vector<std::string> written_places(const files::SandboxPaths& paths) {
  std::vector<std::string> places = paths.write;
  places.insert(places.end(), paths.own.begin(), paths.own.end());
  return places;
}

std::string quoted(const std::vector<std::string>& paths) {
  const std::set<std::string> once(paths.begin(), paths.end());
  return once.empty() ? "nothing" : fmt::format("'{}'", fmt::join(once, "', '"));
}

}  // namespace

void warn_of_root(Messages& messages) {
  if (geteuid() == 0) {
    messages.warning(
        "the server runs as root: let it run as a user who can only read the served files");
  }
}

void enter_sandbox(const Invocation& invocation,
                   const std::optional<ServeTls>& tls,
                   const ServeStore& store) {
  Messages& messages = invocation.messages();
  if (invocation.flag("no-sandbox")) {
    messages.detail(1, "sandbox: off");
    return;
  }
  const files::SandboxPaths paths = paths_of(invocation, tls, store);
  const files::Sandbox sandbox = files::enter_sandbox(paths);
  messages.detail(1,
                  sandbox.no_new_privileges ? "sandbox: no new privileges"
                                            : "sandbox: the kernel refuses no_new_privs");
  if (sandbox.landlock == 0) {
    messages.detail(1, "sandbox: the kernel has no Landlock");
    return;
  }
  messages.detail(1,
                  fmt::format("sandbox: Landlock version {}: reads {}; writes {}",
                              sandbox.landlock,
                              quoted(paths.read),
                              quoted(written_places(paths))));
}

}  // namespace otatool::cli
