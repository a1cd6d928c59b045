#include "files/output_file.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace otatool::files {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OutputFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path(std::string_view name) const { return (folder_ / name).string(); }
  [[nodiscard]] mode_t mode_of(std::string_view name) const {
    struct stat status = {};
    EXPECT_EQ(stat(path(name).c_str(), &status), 0);
    return status.st_mode & 0777U;
  }

  test::TemporaryFolder folder_;
};

TEST_F(OutputFileTest, AppearsWhole) {
  ASSERT_TRUE(write_file({.path = path("out"), .content = as_bytes("content")}));
  EXPECT_EQ(folder_.read("out"), "content");
  EXPECT_THAT(folder_.files(), ElementsAre("out"));
}

TEST_F(OutputFileTest, HasItsMode) {
  const mode_t mask = umask(022);
  ASSERT_TRUE(write_file({.path = path("public"), .content = as_bytes("x")}));
  ASSERT_TRUE(
      write_file({.path = path("private"), .content = as_bytes("x"), .mode = kPrivateFile}));
  umask(mask);
  EXPECT_EQ(mode_of("public"), 0644U);
  EXPECT_EQ(mode_of("private"), 0600U);
}

TEST_F(OutputFileTest, ReplacesAnOlderOne) {
  folder_.write("out", "old");
  ASSERT_TRUE(write_file({.path = path("out"), .content = as_bytes("new")}));
  EXPECT_EQ(folder_.read("out"), "new");
}

TEST_F(OutputFileTest, KeepsAnOlderOneUnlessAsked) {
  folder_.write("out", "old");
  const auto written =
      write_file({.path = path("out"), .content = as_bytes("new"), .overwrite = false});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Errc::OutputExists);
  EXPECT_EQ(folder_.read("out"), "old");
  EXPECT_THAT(folder_.files(), ElementsAre("out"));
  EXPECT_TRUE(write_file({.path = path("other"), .content = as_bytes("new"), .overwrite = false}));
}

TEST_F(OutputFileTest, LeavesNothingWhereItCannotBeWritten) {
  const auto written = write_file({.path = path("none/out"), .content = as_bytes("x")});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Errc::OutputFailed);
  EXPECT_THAT(written.error().message(), HasSubstr("none/out': no such file or directory"));
  EXPECT_THAT(folder_.files(), IsEmpty());
  std::filesystem::create_directory(folder_ / "folder");
  EXPECT_FALSE(write_file({.path = path("folder"), .content = as_bytes("x")}));
  EXPECT_THAT(folder_.files(), IsEmpty());
}

TEST_F(OutputFileTest, IsNoFolder) {
  folder_.write("file", "old");
  for (const char* name : {"missing/", "file/"}) {
    const auto written = write_file({.path = path(name), .content = as_bytes("x")});
    ASSERT_FALSE(written) << name;
    EXPECT_EQ(written.error().code(), Errc::OutputFailed);
    EXPECT_THAT(written.error().message(), HasSubstr("directory"));
  }
  EXPECT_THAT(folder_.files(), ElementsAre("file"));
  EXPECT_EQ(folder_.read("file"), "old");
}

TEST_F(OutputFileTest, ReportsAFullDisk) {
  const auto written = write_file({.path = "/dev/full", .content = as_bytes("x")});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message(), "cannot write '/dev/full': no space left on device");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

TEST_F(OutputFileTest, FollowsALink) {
  folder_.write("real", "old");
  std::filesystem::create_symlink("real", folder_ / "link");
  ASSERT_TRUE(write_file({.path = path("link"), .content = as_bytes("new")}));
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link"));
  EXPECT_EQ(folder_.read("real"), "new");
}

/// Writes the file again and again until it is killed.
pid_t write_forever(const std::string& path, const std::string& content) {
  const pid_t child = fork();
  if (child == 0) {
    while (write_file({.path = path, .content = as_bytes(content)})) {
    }
    _exit(1);
  }
  return child;
}

TEST_F(OutputFileTest, LeavesNothingBehindWhenKilledAsItIsWritten) {
  const std::string content(std::size_t{8} << 20U, 'x');
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    const pid_t child = write_forever(path("out"), content);
    const auto is_under_way = [this] {
      const auto files = folder_.files();
      return std::ranges::any_of(files, [](const std::string& name) { return name != "out"; });
    };
    while (!is_under_way()) {
      ASSERT_EQ(waitpid(child, nullptr, WNOHANG), 0);
    }
    kill(child, signal);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == signal);
    EXPECT_THAT(folder_.files(), ElementsAre("out"));
    EXPECT_EQ(folder_.read("out").size(), content.size());
  }
}

TEST_F(OutputFileTest, ComesWithItsSiblingsOrNotAtAll) {
  folder_.write("public.key", "old");
  const std::array both = {
      OutputFile{.path = path("private.key"), .content = as_bytes("x"), .overwrite = false},
      OutputFile{.path = path("public.key"), .content = as_bytes("y"), .overwrite = false},
  };
  EXPECT_FALSE(write_files(both));
  EXPECT_THAT(folder_.files(), ElementsAre("public.key"));
  std::filesystem::remove(folder_ / "public.key");
  EXPECT_TRUE(write_files(both));
  EXPECT_THAT(folder_.files(), ElementsAre("private.key", "public.key"));
}

TEST_F(OutputFileTest, IsWithdrawnWhenASiblingFails) {
  const std::array both = {
      OutputFile{.path = path("twice"), .content = as_bytes("x"), .overwrite = false},
      OutputFile{.path = path("twice"), .content = as_bytes("y"), .overwrite = false},
  };
  EXPECT_FALSE(write_files(both)) << "the second one meets the first one";
  EXPECT_THAT(folder_.files(), IsEmpty());
}

TEST_F(OutputFileTest, FollowsLinksOfItsUser) {
  std::filesystem::create_directories(folder_ / "real/deep");
  folder_.write("real/out", "old");
  std::filesystem::create_symlink("real/deep", folder_ / "folder");
  std::filesystem::create_symlink("folder/../out", folder_ / "link");
  std::filesystem::create_symlink("real/new", folder_ / "dangling");
  ASSERT_TRUE(write_file({.path = path("link"), .content = as_bytes("new")}));
  EXPECT_EQ(folder_.read("real/out"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link"));
  ASSERT_TRUE(write_file({.path = path("dangling"), .content = as_bytes("x")}));
  EXPECT_EQ(folder_.read("real/new"), "x");
  std::filesystem::create_symlink("loop", folder_ / "loop");
  EXPECT_FALSE(write_file({.path = path("loop"), .content = as_bytes("x")}));
}

/// Links of uid 12345 in a folder that everybody may write to, as in /tmp.
class LinkOfAnotherUser : public OutputFileTest {
 protected:
  void SetUp() override {
    if (geteuid() != 0) {
      GTEST_SKIP() << "only root can make a link of another user";
    }
    std::filesystem::create_directories(folder_ / "shared");
    std::filesystem::create_directories(folder_ / "own");
    ASSERT_EQ(chmod(path("shared").c_str(), 01777), 0);
    folder_.write("own/secret", "mine");
  }
  void link(const std::string& target, const std::string& name) const {
    std::filesystem::create_symlink(target, folder_ / name);
    ASSERT_EQ(lchown(path(name).c_str(), 12'345, 12'345), 0);
  }
  void expect_refused(const std::string& name) const {
    const auto written = write_file({.path = path(name), .content = as_bytes("new")});
    ASSERT_FALSE(written) << name;
    EXPECT_EQ(written.error().code(), Errc::OutputFailed);
    EXPECT_THAT(written.error().message(),
                HasSubstr("is a symbolic link of another user (uid 12345)"));
  }
};

TEST_F(LinkOfAnotherUser, IsRefused) {
  link(path("own/secret"), "shared/file");
  link(path("own/nothing"), "shared/dangling");
  link(path("own"), "shared/folder");
  link("/dev/null", "shared/device");
  expect_refused("shared/file");
  expect_refused("shared/dangling");
  expect_refused("shared/folder/secret");
  expect_refused("shared/device");
  EXPECT_EQ(folder_.read("own/secret"), "mine");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "own/nothing"));
}

TEST_F(LinkOfAnotherUser, IsRefusedBehindAnOwnLink) {
  link(path("own/secret"), "shared/file");
  std::filesystem::create_symlink("shared/file", folder_ / "mine");
  expect_refused("mine");
  EXPECT_EQ(folder_.read("own/secret"), "mine");
}

TEST_F(LinkOfAnotherUser, LeadsToTheFolderOfItsOwner) {
  std::filesystem::create_directories(folder_ / "home");
  link(path("own"), "home/projects");
  EXPECT_TRUE(write_file({.path = path("home/projects/out"), .content = as_bytes("x")}));
  EXPECT_EQ(folder_.read("own/out"), "x");
}

}  // namespace
}  // namespace otatool::files
