#include "firmware/tools/elf2image/arguments.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace otatool::elf2image {
namespace {

using Words = std::vector<std::string_view>;

std::string complaint(const Words& words) {
  const auto arguments = read_arguments(words);
  return arguments ? "" : arguments.error().message();
}

TEST(Elf2imageArguments, ReadsAll) {
  const auto arguments = read_arguments(Words{"--loader",
                                              "b.elf",
                                              "--app",
                                              "a.elf",
                                              "-o",
                                              "x.bin",
                                              "--flash-mode",
                                              "qout",
                                              "--flash-size",
                                              "512K",
                                              "--flash-freq",
                                              "26"});
  ASSERT_TRUE(arguments) << arguments.error().message();
  EXPECT_EQ(arguments->loader, "b.elf");
  EXPECT_EQ(arguments->application, "a.elf");
  EXPECT_EQ(arguments->output, "x.bin");
  EXPECT_EQ(arguments->flash.mode, FlashMode::Qout);
  EXPECT_EQ(arguments->flash.size, FlashSize::KiB512);
  EXPECT_EQ(arguments->flash.frequency, FlashFrequency::MHz26);
}

TEST(Elf2imageArguments, HelpNeedsNothingElse) {
  const auto arguments = read_arguments(Words{"--help"});
  ASSERT_TRUE(arguments);
  EXPECT_TRUE(arguments->help);
}

TEST(Elf2imageArguments, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(complaint({}), "loader, application and output are all needed");
  EXPECT_EQ(complaint({"--loader", "b", "--app", "a"}),
            "loader, application and output are all needed");
  EXPECT_EQ(complaint({"--flash-mode", "fast"}), "'--flash-mode' cannot take 'fast'");
  EXPECT_EQ(complaint({"--flash-size", "3M"}), "'--flash-size' cannot take '3M'");
  EXPECT_EQ(complaint({"--flash-freq", "100"}), "'--flash-freq' cannot take '100'");
  EXPECT_EQ(complaint({"-o"}), "'-o' cannot take ''");
  EXPECT_EQ(complaint({"--verbose", "1"}), "unknown option '--verbose'");
}

}  // namespace
}  // namespace otatool::elf2image
