// Copies of the password in the memory of otatool while the device holds the transfer.
#include <csignal>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/upload/stock_fixture.hpp"
#include "tests/support/process_memory.hpp"
#include "tests/support/stopped_process.hpp"

namespace otatool::test {
namespace {

/// A short text is kept inside a std::string, a long one outside of it.
constexpr const char* kPasswords[] = {"Zq7#kW9!pL", "Zq7#kW9!pL-correct-horse-battery-staple"};

class UploadMemory : public StockUpload {
 protected:
  void SetUp() override {
    if (geteuid() != 0) {
      GTEST_SKIP() << "the memory of another process is closed to its user";
    }
  }
  /// How often otatool's memory has the password once the device has taken 20,000 bytes and stops.
  std::size_t copies(const std::string& profile, const std::string& password) {
    const std::string path = folder_.write("pw", password + "\n");
    StockProgram device({profile, "password=" + password, "stalls-at=20000"});
    std::vector<std::string> words{device.target(), "--retries", "0", "-v"};
    words.insert(words.end(), {"--stall-timeout", "600", "--password-file", path});
    Process upload(upload_call(words));
    EXPECT_TRUE(upload.wait_for_error("connected; sending"));
    std::size_t count = 0;
    {
      const Stopped stopped(upload);
      count = count_in_memory(upload.pid(), password);
    }
    upload.send_signal(SIGINT);
    EXPECT_EQ(upload.wait().exit_code, 130);
    return count;
  }
};

TEST_F(UploadMemory, HasThePasswordOnce) {
  for (const std::string profile : {"esp8266-3.x", "esp32-3.3"}) {
    for (const std::string password : kPasswords) {
      EXPECT_EQ(copies(profile, password), 1U) << profile << ": " << password;
    }
  }
}

}  // namespace
}  // namespace otatool::test
