#include "otatool/secret.hpp"

#include <string>

#include <gtest/gtest.h>

namespace otatool {
namespace {

int performed = 0;

TEST(Secret, CopiesShareTheText) {
  const Secret first(std::string("correct horse"));
  const Secret second = first;  // NOLINT(performance-unnecessary-copy-initialization)
  EXPECT_EQ(second.reveal(), "correct horse");
  EXPECT_EQ(first.reveal().data(), second.reveal().data());
}

TEST(Secret, OutlivesTheOthers) {
  Secret kept;
  {
    const Secret other(std::string("correct horse"));
    kept = other;
  }
  EXPECT_EQ(kept.reveal(), "correct horse");
  kept = Secret();
  EXPECT_TRUE(kept.empty());
  EXPECT_EQ(kept.reveal(), "");
}

TEST(Secret, OverwritesTheTextThatItTakes) {
  for (std::string text : {std::string("short"), std::string(100, 'x')}) {
    Secret::cleanse(text);
    EXPECT_EQ(text, "");
    EXPECT_EQ(std::string(text.data(), text.capacity()), std::string(text.capacity(), '\0'));
  }
}

TEST(Secret, IsPrecededByTheActionOnce) {
  Secret::before_first([] { ++performed; });
  const Secret none(std::string{});
  EXPECT_EQ(performed, 0);
  const Secret first(std::string("a"));
  const Secret second(std::string("b"));
  EXPECT_EQ(performed, 1);
}

}  // namespace
}  // namespace otatool
