// The run of a CI system that this process is part of, from the variables that the system sets.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace otatool::cli {

/// Empty texts are unknown. URLs have no user names and passwords.
struct CiRun {
  std::string system;      ///< `github`, `gitlab`, ...
  std::string builder;     ///< URL of the CI server
  std::string repository;  ///< URL
  std::string ref;         ///< branch or tag
  std::string commit;
  std::string run;  ///< URL of the run or job
};

/// The value of a variable; nothing if it is not set or empty.
using Lookup = std::function<std::optional<std::string>(const char* variable)>;

/// GitHub Actions, GitLab CI, Woodpecker, Drone, Azure Pipelines, CircleCI or Jenkins; nothing
/// outside of these.
[[nodiscard]] std::optional<CiRun> find_ci_run(const Lookup& lookup);

}  // namespace otatool::cli
