#include "tests/support/postgresql_cluster.hpp"

#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>

namespace otatool::test {
namespace {

/// The folder of the server's programs, which Debian leaves out of PATH.
std::string find_programs() {
  const std::filesystem::path versions = "/usr/lib/postgresql";
  if (std::filesystem::exists(versions)) {
    for (const auto& version : std::filesystem::directory_iterator(versions)) {
      if (std::filesystem::exists(version.path() / "bin/initdb")) {
        return (version.path() / "bin/").string();
      }
    }
  }
  throw std::runtime_error("no PostgreSQL server: scripts/install-deps installs it");
}

}  // namespace

PostgresqlCluster::PostgresqlCluster() : programs_(find_programs()) {
  std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
  const Outcome made =
      run(call(programs_ + "initdb --pgdata=" + (folder_ / "data").string() +
               " --auth=trust --username=otatool --no-sync --encoding=UTF8 --locale=C"));
  if (made.exit_code != 0) {
    throw std::runtime_error("initdb fails: " + made.output + made.error);
  }
  start();
}

PostgresqlCluster::~PostgresqlCluster() {
  stop();
  // Its files belong to another user.
  static_cast<void>(run(call("rm -rf " + (folder_ / "data").string())));
}

ProgramCall PostgresqlCluster::call(const std::string& command) const {
  // PostgreSQL refuses to run as root.
  const std::string user = geteuid() == 0 ? "exec setpriv --reuid=nobody --regid=nogroup "
                                            "--clear-groups --inh-caps=-all "
                                          : "exec ";
  return {.program = "/bin/sh",
          .arguments = {"-c", user + command},
          .folder = folder_.path().string(),
          .timeout = std::chrono::minutes(10)};
}

void PostgresqlCluster::start() {
  server_ = std::make_unique<Process>(
      call(programs_ + "postgres -D " + (folder_ / "data").string() +
           " -c listen_addresses='' -c unix_socket_directories=" + folder_.path().string() +
           " -c fsync=off -c shared_buffers=8MB -c max_connections=20"));
  if (!server_->wait_for_error("ready to accept connections")) {
    throw std::runtime_error("the PostgreSQL server does not start: " + server_->wait().error);
  }
}

void PostgresqlCluster::stop() {
  if (server_) {
    server_->send_signal(SIGINT);
    static_cast<void>(server_->wait());
    server_.reset();
  }
}

Outcome PostgresqlCluster::perform(const std::string& database, const std::string& sql) {
  return run({.program = programs_ + "psql",
              .arguments = {"-v",
                            "ON_ERROR_STOP=1",
                            "-qAt",
                            "-h",
                            folder_.path().string(),
                            "-U",
                            "otatool",
                            "-d",
                            database,
                            "-c",
                            sql}});
}

std::string PostgresqlCluster::make_database(const std::string& name) {
  const Outcome made = perform("postgres", "CREATE DATABASE " + name);
  if (made.exit_code != 0) {
    throw std::runtime_error("no database: " + made.error);
  }
  return "postgresql:///" + name + "?user=otatool&host=" + folder_.path().string();
}

}  // namespace otatool::test
