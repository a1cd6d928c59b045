// Runs the statements of a command line test and reports those that do not hold.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/cli/script.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {

class ScriptRunner {
 public:
  /// Runs all statements; returns a message with the line number for each failure.
  [[nodiscard]] static std::vector<std::string> run(std::string_view script);

 private:
  /// The outcome of a run, and which parts of it have been checked.
  struct Last {
    Statement statement;
    Outcome outcome;
    bool exit_checked = false;
    bool output_checked = false;
    bool error_checked = false;
  };

  ScriptRunner();

  void perform(const Statement& statement);
  bool prepare(const Statement& statement);
  void start(const Statement& statement);
  bool check(const Statement& statement);
  void check_stream(const Statement& statement, const std::string& stream);
  void check_json(const Statement& statement, std::string_view words);
  void finish_last();
  void complain(const Statement& statement, const std::string& what);
  [[nodiscard]] std::string expanded(const std::string& text) const;

  TemporaryFolder folder_;
  ProgramCall call_;
  std::optional<Last> last_;
  std::vector<std::string> complaints_;
};

}  // namespace otatool::test
