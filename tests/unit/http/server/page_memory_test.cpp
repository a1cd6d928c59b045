#include "http/server/page_memory.hpp"

#include <gtest/gtest.h>

namespace otatool::http {
namespace {

TEST(PageMemory, IsSharedAndGivenBack) {
  PageMemory memory(100);
  PageMemory::Share first(memory);
  EXPECT_TRUE(first.take(40));
  {
    PageMemory::Share second(memory);
    EXPECT_FALSE(second.take(61));
    EXPECT_TRUE(second.take(60));
    EXPECT_FALSE(first.take(41));
    EXPECT_TRUE(first.take(0));
    EXPECT_TRUE(first.take(40));
  }
  EXPECT_TRUE(first.take(100));
}

TEST(PageMemory, ATextAloneMayBeLarger) {
  PageMemory memory(100);
  PageMemory::Share large(memory);
  EXPECT_TRUE(large.take(1000));
  PageMemory::Share other(memory);
  EXPECT_FALSE(other.take(1));
  EXPECT_TRUE(large.take(2000));
}

}  // namespace
}  // namespace otatool::http
