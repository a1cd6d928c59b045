// What a second run of `otatool publish` changes, what it refuses, and what an interrupted run
// leaves.
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <sys/inotify.h>
#include <unistd.h>
#include <vector>

#include "tests/e2e/publish/publish_fixture.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/own_network.hpp"

namespace otatool::test {
namespace {

namespace fs = std::filesystem;

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PublishedChanges : public PublishTest {
 protected:
  [[nodiscard]] std::map<std::string, fs::file_time_type> times() const {
    std::map<std::string, fs::file_time_type> times;
    for (const std::string& name : target_.files()) {
      times[name] = fs::last_write_time(target_ / name);
    }
    return times;
  }
  /// Gives all published files an old time, so that a write is seen.
  void age() const {
    for (const std::string& name : target_.files()) {
      fs::last_write_time(target_ / name, fs::file_time_type::clock::now() - std::chrono::hours(1));
    }
  }
};

TEST_F(PublishedChanges, ASecondRunTouchesNothing) {
  source_.write("a.bin", esp8266_image("a"));
  source_.write("app.bin", esp32_image());
  ASSERT_EQ(publish().exit_code, 0);
  age();
  const auto before = times();
  const auto json = report();
  EXPECT_THAT(json.at("written"), IsEmpty());
  EXPECT_EQ(times(), before);
}

TEST_F(PublishedChanges, ASecondRunWritesOnlyWhatChanged) {
  source_.write("a.bin", esp8266_image("a"));
  source_.write("b.bin", esp8266_image("b"));
  ASSERT_EQ(publish().exit_code, 0);
  age();
  const auto before = times();
  source_.write("b.bin", esp8266_image("new"));
  EXPECT_THAT(report().at("written"),
              ElementsAre("b.bin",
                          "b.bin.gz",
                          "b.bin.gz.md5",
                          "b.bin.gz.sha256",
                          "b.bin.md5",
                          "b.bin.sha256",
                          "index.html"));
  EXPECT_EQ(times().at("site/a.bin.gz"), before.at("site/a.bin.gz"));
  EXPECT_NE(times().at("site/b.bin"), before.at("site/b.bin"));
}

TEST_F(PublishedChanges, AWithdrawnFileStaysForAWhile) {
  source_.write("old.bin", esp8266_image("old"));
  source_.write("new.bin", esp8266_image("new"));
  ASSERT_EQ(publish().exit_code, 0);
  fs::remove(source_ / "old.bin");
  EXPECT_THAT(report().at("kept"), Contains("old.bin.gz"));
  EXPECT_TRUE(has("old.bin"));
  EXPECT_THAT(report({"--keep", "0"}).at("removed"), Contains("old.bin.gz"));
  EXPECT_FALSE(has("old.bin") || has("old.bin.md5"));
  EXPECT_TRUE(has("new.bin"));
}

TEST_F(PublishedChanges, FilesOfOthersStay) {
  source_.write("a.bin", esp8266_image("a"));
  target_.write("site/CNAME", "ota.example");
  ASSERT_EQ(publish().exit_code, 0);
  fs::remove(source_ / "a.bin");
  source_.write("b.bin", esp8266_image("b"));
  target_.write("site/a.bin.md5", "written by somebody else");
  ASSERT_EQ(publish({"--keep", "0"}).exit_code, 0);
  EXPECT_FALSE(has("a.bin"));
  EXPECT_EQ(published("CNAME"), "ota.example");
  EXPECT_EQ(published("a.bin.md5"), "written by somebody else");
}

TEST_F(PublishedChanges, AForeignFileWithAWantedNameIsRefused) {
  source_.write("a.bin", esp8266_image());
  target_.write("site/index.html", "my page");
  const Outcome outcome = publish();
  expect_failure(outcome, 1, "index.html' is not a file that publish wrote", "move it");
  EXPECT_THAT(files(), ElementsAre("index.html"));
  EXPECT_EQ(published("index.html"), "my page");
}

TEST_F(PublishedChanges, OneFolderInTheOtherIsRefused) {
  source_.write("a.bin", esp8266_image());
  const std::string source = source_.path();
  const auto try_with = [](const std::string& path, const std::string& destination) {
    return run({.program = OTATOOL_BINARY, .arguments = {"publish", path, destination}});
  };
  expect_failure(try_with(source, source + "/site"), 2, "is inside", "");
  expect_failure(try_with(source, source), 2, "is inside", "");
  expect_failure(try_with(source, source + "/../" + source_.path().filename().string() + "/x"),
                 2,
                 "is inside",
                 "");
  expect_failure(try_with(source, source_.path().parent_path()), 2, "is inside", "");
  expect_failure(try_with(source + "/a.bin", source), 2, "is inside", "");
  fs::create_directory_symlink(source_.path(), target_ / "link");
  expect_failure(try_with(source, target_ / "link/site"), 2, "is inside", "");
  EXPECT_THAT(source_.files(), ElementsAre("a.bin"));
}

TEST_F(PublishedChanges, ABadImageChangesNothing) {
  source_.write("a.bin", esp8266_image());
  ASSERT_EQ(publish().exit_code, 0);
  const auto before = times();
  const std::string image = esp8266_image("new");
  source_.write("a.bin", image.substr(0, image.size() / 2));
  expect_failure(publish(), 7, "a.bin", "");
  source_.write("a.bin", "");
  EXPECT_EQ(publish().exit_code, 7);
  EXPECT_EQ(times(), before);
}

TEST_F(PublishedChanges, AFullDiskChangesNothing) {
  source_.write("a.bin", esp8266_image("small"));
  const std::string big =
      target_.write("big.bin", text(support::arduino_image({.code_size = 700'000})));
  fs::create_directories(site());
  // The disk vanishes with the mount namespace of the shell.
  const std::string script = target_.write("script", R"(
otatool=$1 source=$2 big=$3
mount -t tmpfs -o size=300k none .
cd "$PWD"
"$otatool" publish "$source" .
mkdir ../before
cp -a . ../before
cp "$big" "$source/a.bin"
status=0
"$otatool" publish "$source" . || status=$?
echo "status $status"
diff -r -x .otatool-publish ../before . && echo unchanged
ls .otatool-publish
)");
  const Outcome outcome =
      run({.program = "/usr/bin/unshare",
           .arguments = {"-m", "/bin/sh", "-e", script, OTATOOL_BINARY, source_.path(), big},
           .folder = site()});
  if (is_not_permitted(outcome)) {
    GTEST_SKIP() << outcome.error;
  }
  EXPECT_THAT(outcome.output, HasSubstr("status 1\nunchanged\nlist.json\n")) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("no space left on device"));
}

/// Files that appear in folders, as events.
class FolderWatch {
 public:
  explicit FolderWatch(const std::vector<std::string>& folders)
      : descriptor_(inotify_init1(IN_CLOEXEC)) {
    for (const std::string& folder : folders) {
      EXPECT_GE(inotify_add_watch(descriptor_, folder.c_str(), IN_CREATE | IN_MOVED_TO), 0);
    }
  }
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;
  ~FolderWatch() { close(descriptor_); }

  /// Returns when so many files have appeared.
  void wait_for_events(std::size_t count) const {
    alignas(inotify_event) std::array<char, 4096> buffer{};
    for (std::size_t seen = 0; seen < count;) {
      const ssize_t got = read(descriptor_, buffer.data(), buffer.size());
      ASSERT_GT(got, 0);
      for (std::size_t at = 0; at < static_cast<std::size_t>(got); ++seen) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
        at += sizeof(inotify_event) + event->len;
      }
    }
  }

 private:
  int descriptor_;
};

/// Every file is whole and every manifest names files that exist.
class PublishedThroughKills : public PublishedChanges {
 protected:
  static constexpr int kRounds = 12;

  void write_version(const std::string& version) {
    std::string rules;
    for (const char* name : {"a", "b", "c", "d"}) {
      const std::string image = name + version + ".bin";
      rules += "[[serve.rule]]\nboard = \"" + std::string(name) + "\"\nimage = \"" + image +
               "\"\nversion = \"" + version + "\"\n";
      source_.write(image, esp8266_image(image, 30'000));
    }
    source_.write("otatool.toml", rules);
  }
  void expect_sound() const {
    for (const std::string& name : files()) {
      if (name.ends_with(".bin")) {
        EXPECT_EQ(published(name), source_.read(name)) << name;
      } else if (name.ends_with(".manifest.json")) {
        const auto json = manifest(name);
        ASSERT_FALSE(json.is_discarded()) << name;
        EXPECT_TRUE(has(json.at("builds")[0].at("ota").at("path").get<std::string>())) << name;
      } else {
        EXPECT_FALSE(published(name).empty()) << name;
      }
    }
  }
};

TEST_F(PublishedThroughKills, NoHalfFileAndNoManifestOfMissingFiles) {
  write_version("0");
  ASSERT_EQ(publish().exit_code, 0);
  int killed = 0;
  for (int round = 1; round <= kRounds; ++round) {
    write_version(std::to_string(round));
    const FolderWatch watch({site(), site() + "/.otatool-publish"});
    Process process(publish_call({"--keep", "0"}));
    watch.wait_for_events(1 + 4 * static_cast<std::size_t>(round));
    process.send_signal(round % 4 == 0 ? SIGINT : SIGKILL);
    killed += process.wait().exit_code == 0 ? 0 : 1;
    expect_sound();
  }
  EXPECT_GT(killed, 0);
  ASSERT_EQ(publish({"--keep", "0"}).exit_code, 0);
  const TemporaryFolder fresh;
  ASSERT_EQ(
      run({.program = OTATOOL_BINARY, .arguments = {"publish", source_.path(), fresh / "site"}})
          .exit_code,
      0);
  EXPECT_EQ(target_.files(), fresh.files()) << "nothing of the interrupted runs is left";
  for (const std::string& name : fresh.files()) {
    EXPECT_EQ(target_.read(name), fresh.read(name)) << name;
  }
}

TEST_F(PublishedChanges, TwoRunsAtOnceDoNotMix) {
  source_.write("a.bin", esp8266_image());
  ASSERT_EQ(publish().exit_code, 0);
  const Outcome outcome =
      run({.program = "/usr/bin/flock",
           .arguments = {
               site() + "/.otatool-publish", OTATOOL_BINARY, "publish", source_.path(), site()}});
  expect_failure(outcome, 1, "another process publishes to", "");
}

}  // namespace
}  // namespace otatool::test
