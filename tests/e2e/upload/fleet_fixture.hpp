// Uploads from one otatool to many virtual devices, which run in one device_farm process.
#pragma once

#include <csignal>
#include <string>

#include "tests/e2e/upload/stock_fixture.hpp"

namespace otatool::test {

/// The device_farm process and the targets file that lists its devices.
class Farm {
 public:
  Farm(int devices, const TemporaryFolder& folder)
      : process_({.program = DEVICE_FARM_BINARY, .arguments = {std::to_string(devices)}}) {
    std::string lines;
    for (int i = 0; i < devices; ++i) {
      lines += "127.0.0.1:" + process_.read_line().value_or("none") + "\n";
    }
    list_ = folder.write("targets.txt", lines);
  }

  [[nodiscard]] const std::string& list() const { return list_; }
  [[nodiscard]] bool all_applied() { return process_.wait_for_output("all applied"); }
  /// Stops the process after all devices have applied their image, and returns its stdout.
  [[nodiscard]] std::string end() {
    EXPECT_TRUE(all_applied());
    process_.send_signal(SIGTERM);
    return process_.wait().output;
  }

 private:
  Process process_;
  std::string list_;
};

class Fleet : public StockUpload {
 protected:
  /// Runs otatool with the limit of open files that `ulimit LIMIT` sets.
  [[nodiscard]] Outcome upload_within(const std::string& limit, const std::string& list) const {
    return run({.program = "/bin/sh",
                .arguments = {"-c",
                              "ulimit " + limit + R"(; exec "$0" "$@")",
                              OTATOOL_BINARY,
                              "upload",
                              image_path_,
                              "--targets",
                              list,
                              "--jobs",
                              "500"}});
  }
};

}  // namespace otatool::test
