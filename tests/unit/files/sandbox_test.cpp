#include "files/sandbox.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace otatool::files {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

/// The exit code of `work` in a child process.
template <typename Work>
int in_child(Work work) {
  const pid_t child = fork();
  if (child == 0) {
    _exit(work());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// 0, or the errno of opening.
int try_open(const std::string& path, int flags) {
  const int opened = open(path.c_str(), flags, 0600);
  const int error = opened < 0 ? errno : 0;
  close(opened);
  return error;
}

int try_connect() {
  const int handle = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(9);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int result = connect(handle, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
  const int error = result < 0 ? errno : 0;
  close(handle);
  return error;
}

int try_bind() {
  const int handle = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int result = bind(handle, reinterpret_cast<const sockaddr*>(&at), sizeof(at));
  const int error = result < 0 ? errno : 0;
  close(handle);
  return error;
}

class SandboxTest : public ::testing::Test {
 protected:
  SandboxTest() {
    folder_.write("read/a", "a");
    folder_.write("write/b", "b");
    folder_.write("other/c", "c");
  }
  [[nodiscard]] std::string path(const char* name) const { return folder_ / name; }
  [[nodiscard]] SandboxPaths paths() const {
    return {.read = {path("read"), path("none")}, .write = {path("write")}};
  }
  /// The exit code of `work` in a sandbox; 99 without Landlock.
  template <typename Work>
  int inside(Work work) const {
    return in_child([&] { return enter_sandbox(paths()).landlock == 0 ? 99 : work(); });
  }
  void SetUp() override {
    if (inside([] { return 0; }) == 99) {
      GTEST_SKIP() << "this kernel has no Landlock";
    }
  }

  test::TemporaryFolder folder_;
};

TEST_F(SandboxTest, FilesOfTheFoldersAreReadableOrWritableOnly) {
  EXPECT_EQ(inside([&] { return try_open(path("read/a"), O_RDONLY); }), 0);
  EXPECT_EQ(inside([&] { return try_open(path("read"), O_RDONLY | O_DIRECTORY); }), 0);
  EXPECT_EQ(inside([&] { return try_open(path("read/a"), O_WRONLY); }), EACCES);
  EXPECT_EQ(inside([&] { return try_open(path("read/new"), O_WRONLY | O_CREAT); }), EACCES);
  EXPECT_EQ(inside([&] { return try_open(path("write/b"), O_WRONLY | O_APPEND); }), 0);
  EXPECT_EQ(inside([&] { return try_open(path("write/new"), O_WRONLY | O_CREAT); }), 0);
  EXPECT_EQ(inside([&] { return try_open(path("write/b"), O_RDONLY); }), EACCES);
  EXPECT_EQ(inside([&] { return try_open(path("other/c"), O_RDONLY); }), EACCES);
  EXPECT_EQ(inside([&] { return try_open("/etc/passwd", O_RDONLY); }), EACCES);
  EXPECT_EQ(inside([&] { return unlink(path("write/b").c_str()) == 0 ? 0 : errno; }), EACCES);
}

TEST_F(SandboxTest, OpenFilesStayUsableAndNewOnesAppearInTheFolder) {
  EXPECT_EQ(in_child([&] {
              const int before = open(path("other/c").c_str(), O_RDWR);
              static_cast<void>(enter_sandbox(paths()));
              return write(before, "x", 1) == 1 ? 0 : errno;
            }),
            0);
  EXPECT_EQ(inside([&] { return try_open(path("read/a"), O_RDONLY); }), 0);
}

TEST_F(SandboxTest, ConnectionsCannotBeOpened) {
  const int version = in_child([&] { return enter_sandbox(paths()).landlock; });
  if (version < 4) {
    GTEST_SKIP() << "this kernel's Landlock does not know TCP";
  }
  EXPECT_EQ(inside(try_connect), EACCES);
  EXPECT_EQ(inside(try_bind), EACCES);
}

TEST_F(SandboxTest, WhoeverConnectsDoesNotListen) {
  SandboxPaths connecting = paths();
  connecting.connects = true;
  const auto with = [&connecting](auto work) {
    return in_child([&] { return enter_sandbox(connecting).landlock < 4 ? 99 : work(); });
  };
  if (with([] { return 0; }) == 99) {
    GTEST_SKIP() << "this kernel's Landlock does not know TCP";
  }
  EXPECT_NE(with(try_connect), EACCES);
  EXPECT_EQ(with(try_bind), EACCES);
}

TEST(FoldersAround, AreThoseWhoseEntriesCanBeReplaced) {
  const test::TemporaryFolder folder;
  const std::string top = folder.path();
  folder.write("releases/1/a", "a");
  folder.write("elsewhere/x", "x");
  std::filesystem::create_directory_symlink("releases/1", folder / "current");
  std::filesystem::create_directory_symlink(folder / "current", folder / "elsewhere/link");
  EXPECT_THAT(folders_around(top + "/releases"), ElementsAre(top));
  EXPECT_THAT(folders_around(top + "/releases/"), ElementsAre(top));
  EXPECT_THAT(folders_around(top + "/releases/1/a"), ElementsAre(top + "/releases/1"));
  EXPECT_THAT(folders_around(top + "/current"), ElementsAre(top, top + "/releases"));
  EXPECT_THAT(folders_around(top + "/elsewhere/link"),
              ElementsAre(top + "/elsewhere", top, top + "/releases"));
  EXPECT_THAT(folders_around(top + "/not/yet.log"), ElementsAre(top + "/not"));
}

TEST(FoldersAround, NamesNoMoreThanAFolderThatCannotBeReplaced) {
  EXPECT_THAT(folders_around("/proc"), ElementsAre("/proc"));
  EXPECT_THAT(folders_around("/usr"), ElementsAre("/usr"));
  EXPECT_THAT(folders_around("/usr/share"), Not(Contains("/")));
}

}  // namespace
}  // namespace otatool::files
