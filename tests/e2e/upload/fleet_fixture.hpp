// One otatool against many virtual devices, which are one program of their own.
#pragma once

#include <chrono>
#include <csignal>
#include <string>

#include "tests/e2e/upload/stock_fixture.hpp"

namespace otatool::test {

inline constexpr std::chrono::seconds kPatience(100);

/// Virtual devices in one process, and the list of targets that they are.
class Farm {
 public:
  Farm(int devices, const TemporaryFolder& folder)
      : process_({.program = DEVICE_FARM_BINARY,
                  .arguments = {std::to_string(devices)},
                  .timeout = kPatience}) {
    std::string lines;
    for (int i = 0; i < devices; ++i) {
      lines += "127.0.0.1:" + process_.read_line().value_or("none") + "\n";
    }
    list_ = folder.write("targets.txt", lines);
  }

  [[nodiscard]] const std::string& list() const { return list_; }
  [[nodiscard]] bool all_applied() { return process_.wait_for_output("all applied"); }
  /// Stops the devices when all have their image, and returns what they wrote.
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
  /// otatool under a limit of open files set by `ulimit` with these options.
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
                              "500"},
                .timeout = kPatience});
  }
};

}  // namespace otatool::test
