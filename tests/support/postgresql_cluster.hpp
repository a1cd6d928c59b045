// A PostgreSQL server of its own in a temporary folder, run by an unprivileged user.
#pragma once

#include <memory>
#include <string>

#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {

class PostgresqlCluster {
 public:
  /// Makes the cluster and starts it. Throws if PostgreSQL is not installed.
  PostgresqlCluster();
  PostgresqlCluster(const PostgresqlCluster&) = delete;
  PostgresqlCluster& operator=(const PostgresqlCluster&) = delete;
  ~PostgresqlCluster();

  /// Makes an empty database and returns its URI.
  std::string make_database(const std::string& name);
  /// Performs SQL as the administrator.
  Outcome perform(const std::string& database, const std::string& sql);

  void start();
  /// Ends the server; connections break.
  void stop();

 private:
  [[nodiscard]] ProgramCall call(const std::string& command) const;

  TemporaryFolder folder_;
  std::string programs_;
  std::unique_ptr<Process> server_;
};

}  // namespace otatool::test
