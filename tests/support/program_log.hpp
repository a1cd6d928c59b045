// The programs that the running test has started and what they wrote to stdout and stderr.
// test_report.cpp prints it after a failed test.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace otatool::test {

struct ProgramRecord {
  std::string command;  ///< program and arguments, separated by blanks
  std::string state;    ///< `exit code 2`, `killed by signal 6`, `still running`
  std::string output;
  std::string error;
};

/// Filled by Process. Not safe for use by several threads at once.
struct ProgramLog {
  std::vector<ProgramRecord> ended;
  /// By the Process object; each function reads what the program has written so far.
  std::map<const void*, std::function<ProgramRecord()>> running;
};

/// The one log of this test program.
[[nodiscard]] ProgramLog& program_log();

/// The record as lines of text; of each stream the last 8000 bytes.
[[nodiscard]] std::string describe(const ProgramRecord& record);

}  // namespace otatool::test
