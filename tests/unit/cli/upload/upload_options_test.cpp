#include "cli/upload/upload_options.hpp"

#include <gtest/gtest.h>

#include "cli/io/messages.hpp"

namespace otatool::cli {
namespace {

using std::chrono::seconds;

espota::UploadOptions options_from(OptionValues values) {
  Messages messages{MessageOptions{}};
  Invocation invocation(std::move(values), {}, messages);
  return read_upload_options(invocation).value();
}

TEST(UploadOptionsReader, TimeoutLimitsEachWaitForTheDevice) {
  const espota::Timing longer = options_from({{"timeout", {"60"}}}).timing;
  EXPECT_EQ(longer.invitation, seconds(60));
  EXPECT_EQ(longer.connection, seconds(60));
  const espota::Timing shorter = options_from({{"timeout", {"3"}}}).timing;
  EXPECT_EQ(shorter.response, seconds(3));
  EXPECT_EQ(shorter.connection, seconds(3));
  EXPECT_EQ(options_from({}).timing.connection, seconds(20));
}

TEST(UploadOptionsReader, ReadsAPortOrARangeOfPorts) {
  const espota::PortRange one = options_from({{"host-port", {"4000"}}}).host_ports;
  EXPECT_EQ(one.first, 4000);
  EXPECT_EQ(one.last, 4000);
  const espota::PortRange range = options_from({{"host-port", {"4000-4010"}}}).host_ports;
  EXPECT_EQ(range.first, 4000);
  EXPECT_EQ(range.last, 4010);
}

}  // namespace
}  // namespace otatool::cli
