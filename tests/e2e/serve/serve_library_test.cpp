// Hidden files and files that change while the server runs: replaced and renamed files, missing
// manifests, switched links.
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <sys/resource.h>

#include "tests/e2e/serve/serve_fixture.hpp"

namespace otatool::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* kAnn = "Authorization: Basic YW5uOnNlY3JldA==\r\n";

class ServeLibrary : public ServeTest {
 protected:
  ServeLibrary() { folder_.write("site/notes.txt", "some notes\n"); }
  [[nodiscard]] std::string site() const { return folder_ / "site"; }

  static unsigned status(const ServeProcess& server,
                         const std::string& target,
                         const std::string& fields = "") {
    const auto reply =
        fetch(server.port(), "GET " + target + " HTTP/1.0\r\nHost: x\r\n" + fields + "\r\n");
    return reply ? reply->status : 0;
  }
  static std::string offered(const ServeProcess& server) {
    const auto reply = fetch(server.port(), esp8266_request("/update"));
    return reply ? reply->field("x-version") : "no answer";
  }
  static std::set<rlim_t> open_descriptors(pid_t process) {
    std::set<rlim_t> numbers;
    for (const auto& each : fs::directory_iterator("/proc/" + std::to_string(process) + "/fd")) {
      numbers.insert(std::stoul(each.path().filename()));
    }
    return numbers;
  }
  /// Writes a manifest with one rule for an image of this version.
  void write_release(const std::string& folder, const std::string& version) const {
    folder_.write(folder + "/a.bin", esp8266_image(version));
    folder_.write(folder + "/otatool.toml",
                  "[[serve.rule]]\nimage = 'a.bin'\nversion = '" + version + "'\n");
  }
};

TEST_F(ServeLibrary, TheUsersFileStaysHiddenWhenItIsReplaced) {
  folder_.write("site/users.txt", "ann:secret\n");
  ServeProcess server({site(), "--auth-file", folder_ / "site/users.txt"});
  EXPECT_EQ(status(server, "/notes.txt", kAnn), 200U);
  EXPECT_EQ(status(server, "/users.txt", kAnn), 404U);
  // Like an editor that keeps a backup under another name.
  fs::rename(folder_ / "site/users.txt", folder_ / "site/users.txt~");
  folder_.write("new", "ann:secret\nbob:other\n");
  fs::rename(folder_ / "new", folder_ / "site/users.txt");
  EXPECT_EQ(status(server, "/users.txt", kAnn), 404U);
  EXPECT_EQ(status(server, "/users.txt~", kAnn), 404U);
  fs::create_hard_link(folder_ / "site/users.txt", folder_ / "site/other-name");
  EXPECT_EQ(status(server, "/other-name", kAnn), 404U);
  EXPECT_EQ(status(server, "/notes.txt", kAnn), 200U);
}

TEST_F(ServeLibrary, AFileIsHiddenAsSoonAsItBecomesTheUsersFile) {
  folder_.write("users.txt", "ann:secret\n");
  ServeProcess server({site(), "--auth-file", folder_ / "users.txt"});
  EXPECT_EQ(status(server, "/notes.txt", kAnn), 200U);
  fs::remove(folder_ / "users.txt");
  fs::create_hard_link(folder_ / "site/notes.txt", folder_ / "users.txt");
  EXPECT_EQ(status(server, "/notes.txt", kAnn), 404U);
}

TEST_F(ServeLibrary, TheAccessLogIsHiddenFromItsFirstLine) {
  const std::string log = folder_ / "site/access.log";
  ServeProcess server({site(), "--access-log", log});
  EXPECT_EQ(status(server, "/notes.txt"), 200U);
  EXPECT_EQ(status(server, "/access.log"), 404U);
  fs::rename(log, log + ".1");
  server.process().send_signal(SIGHUP);
  ASSERT_FALSE(server.next("reload").is_null());
  EXPECT_EQ(status(server, "/access.log"), 404U);
  EXPECT_EQ(status(server, "/access.log.1"), 404U);
  EXPECT_THAT(folder_.read("site/access.log"), HasSubstr("GET /access.log 404"));
}

TEST_F(ServeLibrary, AnEmptyOrMissingManifestKeepsThePreviousOne) {
  write_release("site", "1.0");
  ServeProcess server({site()});
  EXPECT_EQ(offered(server), "1.0");
  folder_.write("site/otatool.toml", "");
  auto refused = server.next("reload");
  EXPECT_EQ(refused["ok"], false);
  EXPECT_THAT(std::string(refused["error"]), HasSubstr("is empty"));
  EXPECT_EQ(offered(server), "1.0");

  fs::remove(folder_ / "site/otatool.toml");
  refused = server.next("reload");
  EXPECT_EQ(refused["ok"], false);
  EXPECT_THAT(std::string(refused["error"]), HasSubstr("otatool.toml': No such file"));
  EXPECT_EQ(offered(server), "1.0");

  write_release("site", "2.0");
  EXPECT_EQ(server.next("reload")["ok"], true);
  EXPECT_EQ(offered(server), "2.0");
}

TEST_F(ServeLibrary, AnEmptyManifestIsRefusedAtTheStartAndAMissingOneAccepted) {
  EXPECT_EQ(otatool({"serve", site(), "--check"}).exit_code, 0);
  folder_.write("site/otatool.toml", "\n \n");
  const Outcome empty = otatool({"serve", site(), "--check"});
  EXPECT_EQ(empty.exit_code, 7);
  EXPECT_THAT(empty.error, HasSubstr("otatool.toml' is empty"));
}

TEST_F(ServeLibrary, ALinkToAFolderMayBeSwitched) {
  write_release("v1", "1.0");
  write_release("v2", "2.0");
  folder_.write("v1/notes.txt", "first\n");
  folder_.write("v2/notes.txt", "second\n");
  fs::create_directory_symlink("v1", folder_ / "current");
  ServeProcess server({folder_ / "current"});
  EXPECT_EQ(offered(server), "1.0");
  EXPECT_EQ(status(server, "/notes.txt"), 200U);
  const auto lead_to = [&](const std::string& target) {
    fs::create_directory_symlink(target, folder_ / "next");
    fs::rename(folder_ / "next", folder_ / "current");
  };
  lead_to("v2");
  EXPECT_EQ(server.next("reload")["ok"], true);
  EXPECT_EQ(offered(server), "2.0");
  EXPECT_EQ(fetch(server.port(), "GET /notes.txt HTTP/1.0\r\n\r\n")->body, "second\n");

  lead_to("none");
  EXPECT_EQ(server.next("reload")["ok"], false);
  EXPECT_EQ(offered(server), "2.0");
  lead_to("v1");
  EXPECT_EQ(server.next("reload")["ok"], true);
  EXPECT_EQ(offered(server), "1.0");
}

TEST_F(ServeLibrary, AnImageBehindALinkedFolderMayBeSwitched) {
  folder_.write("v1/a.bin", esp8266_image("one"));
  folder_.write("v2/a.bin", esp8266_image("two"));
  fs::create_directory_symlink("v1", folder_ / "current");
  ServeProcess server({folder_ / "current/a.bin"});
  fs::create_directory_symlink("v2", folder_ / "next");
  fs::rename(folder_ / "next", folder_ / "current");
  EXPECT_EQ(server.next("reload")["ok"], true);
  EXPECT_EQ(fetch(server.port(), esp8266_request("/"))->body, esp8266_image("two"));
}

TEST_F(ServeLibrary, ALogThatCannotBeWrittenIsReportedOnce) {
  ServeProcess server({site(), "--access-log", "/dev/full"});
  EXPECT_EQ(status(server, "/notes.txt"), 200U);
  EXPECT_EQ(status(server, "/notes.txt"), 200U);
  server.next_request();
  server.next_request();
  const std::string error = server.stop().error;
  const std::string warning = "the access log cannot be written";
  EXPECT_THAT(error, HasSubstr("'/dev/full': No space left on device"));
  EXPECT_NE(error.find(warning), std::string::npos);
  EXPECT_EQ(error.find(warning), error.rfind(warning));
}

TEST_F(ServeLibrary, TheLogSaysWhyAFileIsNotServed) {
  folder_.write("site/huge.bin", "");
  fs::resize_file(folder_ / "site/huge.bin", (std::uintmax_t{64} << 20U) + 1);
  folder_.write("site/key.pem", "-----BEGIN PRIVATE KEY-----\n");
  fs::create_symlink("/etc/passwd", folder_ / "site/escape");
  ServeProcess server({site()});
  for (const auto& [target, reason] : std::map<std::string, std::string>{
           {"/huge.bin", "larger than 67108864 bytes"},
           {"/key.pem", "it contains a private key"},
           {"/escape", "outside the served folder"},
           {"/none.bin", "No such file"},
       }) {
    EXPECT_EQ(fetch(server.port(), "GET " + target + " HTTP/1.0\r\n\r\n")->body, "no such file\n");
    EXPECT_THAT(server.next_request()["reason"].get<std::string>(), HasSubstr(reason)) << target;
  }
}

TEST_F(ServeLibrary, MoreFilesThanDescriptorsAreAllServed) {
  constexpr int kFiles = 200;
  for (int i = 0; i < kFiles; ++i) {
    folder_.write("site/" + std::to_string(i), i % 2 == 0 ? "" : "x");
  }
  ServeProcess server({site()}, std::chrono::seconds(120), "ulimit -n 64");
  EXPECT_GE(server.listening()["max_connections"], 5);
  EXPECT_LE(server.listening()["max_connections"], 15);
  for (int i = 0; i < 2 * kFiles; ++i) {
    ASSERT_EQ(status(server, "/" + std::to_string(i % kFiles)), 200U) << i;
    ASSERT_EQ(server.next_request()["status"], 200);
  }
  EXPECT_THAT(server.stop().error, HasSubstr("the limit of 64 open files allows"));
}

TEST_F(ServeLibrary, WithoutADescriptorAClientIsAskedToTryAgain) {
  folder_.write("site/a", "a");
  folder_.write("site/b", "b");
  ServeProcess server({site()});
  HttpClient client(server.port());
  const auto ask = [&client](const std::string& target) {
    client.send("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
    return client.read_reply().value_or(HttpReply{});
  };
  // Without descriptors, the sanitizers cannot check a type for the first time: use each type, also
  // of a file that leaves the cache.
  ASSERT_EQ(ask("/notes.txt").status, 200U);
  folder_.write("site/notes.txt", "new");
  for (std::string body; body != "new";) {
    const HttpReply reply = ask("/notes.txt");
    ASSERT_EQ(reply.status, 200U);
    body = reply.body;
    server.next_request();  // a full pipe would stop the server
  }
  const pid_t process = server.process().pid();
  rlimit before{};
  ASSERT_EQ(prlimit(process, RLIMIT_NOFILE, nullptr, &before), 0);
  const auto allow = [&](rlim_t descriptors) {
    const rlimit now{.rlim_cur = descriptors, .rlim_max = before.rlim_max};
    ASSERT_EQ(prlimit(process, RLIMIT_NOFILE, &now, nullptr), 0);
  };
  allow(*open_descriptors(process).rbegin() + 1);
  EXPECT_EQ(ask("/a").status, 200U) << "a file in the cache makes room";
  rlim_t first_free = 0;
  while (open_descriptors(process).contains(first_free)) {
    ++first_free;
  }
  allow(first_free);
  const HttpReply busy = ask("/b");
  EXPECT_EQ(busy.status, 503U);
  EXPECT_EQ(busy.field("retry-after"), "10");
  EXPECT_EQ(ask("/b.md5").status, 503U);
  allow(before.rlim_cur);
  EXPECT_EQ(ask("/b").status, 200U);
  EXPECT_EQ(ask("/none").status, 404U);
}

TEST_F(ServeLibrary, TheErrorForAPathQuotesItAsGiven) {
  for (const std::string& path : {std::string(),
                                  std::string("nodirx/y/fw.bin"),
                                  std::string("nodirx/"),
                                  std::string("./none.bin"),
                                  std::string("/proc/1/none")}) {
    const Outcome outcome = otatool({"serve", path, "--check"});
    EXPECT_EQ(outcome.exit_code, 7) << path;
    EXPECT_THAT(outcome.error, HasSubstr("error: '" + path + "': No such file")) << path;
  }
  const Outcome kind = otatool({"serve", site() + "/notes.txt", "--check"});
  EXPECT_EQ(kind.exit_code, 7);
  EXPECT_THAT(kind.error, HasSubstr("'" + site() + "/notes.txt'"));
}

}  // namespace
}  // namespace otatool::test
