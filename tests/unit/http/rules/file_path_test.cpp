#include "http/rules/file_path.hpp"

#include <gtest/gtest.h>

namespace otatool::http {
namespace {

TEST(FilePath, TargetsAreDecodedOnce) {
  EXPECT_EQ(read_target("/")->path, "");
  EXPECT_EQ(read_target("/a/b.bin")->path, "a/b.bin");
  EXPECT_EQ(read_target("/my%20sketch%2Bx.bin?board=d1%20mini&x=1")->path, "my sketch+x.bin");
  EXPECT_EQ(read_target("/a?b?c")->query, "b?c");
  EXPECT_EQ(read_target("http://host:8070/a.bin")->path, "a.bin");
  EXPECT_EQ(read_target("http://host")->path, "");
  EXPECT_EQ(read_target("/%2541.bin")->path, "%41.bin");
}

TEST(FilePath, PathsOutsideTheFolderAreRefused) {
  for (const char* target : {"",
                             "a.bin",
                             "*",
                             "/..",
                             "/../a",
                             "/a/../b",
                             "/%2e%2e/a",
                             "/..%2fa",
                             "/a/./b",
                             "/.git/config",
                             "/a//b",
                             "//a",
                             "/a/",
                             "/%2fetc/passwd",
                             "/a%00.bin",
                             "/a%0d%0ab",
                             "/a%5cb",
                             "/%",
                             "/%4",
                             "/%zz",
                             "/a/%2E%2E/%2E%2E/etc/passwd",
                             "/..;/a"}) {
    EXPECT_FALSE(read_target(target)) << target;
  }
  EXPECT_FALSE(read_target("/" + std::string(2000, 'a')));
}

TEST(FilePath, QueriesHaveValues) {
  EXPECT_EQ(query_value("a=1&board=d1%20mini", "board"), "d1 mini");
  EXPECT_EQ(query_value("boards=1&board=", "board"), "");
  EXPECT_EQ(query_value("board=x&board=y", "board"), "x");
  EXPECT_EQ(query_value("board=%zz", "board"), "");
  EXPECT_EQ(query_value("&&=&board", "board"), "");
}

}  // namespace
}  // namespace otatool::http
