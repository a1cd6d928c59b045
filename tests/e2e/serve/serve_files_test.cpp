// Files by name: curl, partial and conditional requests, and files that must not be served.
#include <filesystem>
#include <string>
#include <sys/stat.h>

#include "tests/e2e/serve/serve_fixture.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string get(const std::string& target, const std::string& more = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n";
}

class ServeFiles : public ServeTest {
 protected:
  ServeFiles() {
    folder_.write("site/sketch.bin", image_);
    folder_.write("site/sub/notes.txt", "some notes\n");
    folder_.write("outside.txt", "not for you\n");
  }
  [[nodiscard]] std::string site() const { return folder_ / "site"; }

  const std::string image_ = esp8266_image("", 200'000);
};

TEST_F(ServeFiles, CurlFetchesResumesAndRevalidates) {
  ServeProcess server({site()});
  const std::string url = server.url() + "/sketch.bin";
  const std::string copy = folder_ / "copy.bin";
  EXPECT_EQ(curl({"--fail", "-o", copy, url}).exit_code, 0);
  EXPECT_EQ(folder_.read("copy.bin"), image_);

  folder_.write("copy.bin", image_.substr(0, 1000));
  EXPECT_EQ(curl({"--fail", "-C", "-", "-o", copy, url}).exit_code, 0);
  EXPECT_EQ(folder_.read("copy.bin"), image_);
  EXPECT_EQ(server.next_request()["status"], 200);
  EXPECT_EQ(server.next_request()["bytes"], image_.size() - 1000);

  const std::string tag = folder_ / "tag";
  EXPECT_EQ(curl({"--fail", "--etag-save", tag, "-o", copy, url}).exit_code, 0);
  const Outcome again =
      curl({"--etag-compare", tag, "-o", folder_ / "none", "-w", "%{http_code}", url});
  EXPECT_EQ(again.output, "304");
  const Outcome since = curl({"-z", copy, "-R", "-o", folder_ / "none", "-w", "%{http_code}", url});
  EXPECT_EQ(since.output, "304");
  const Outcome head = curl({"-I", url});
  EXPECT_THAT(head.output, HasSubstr("Content-Length: " + std::to_string(image_.size())));
}

TEST_F(ServeFiles, RangeRequestsGetTheirPart) {
  ServeProcess server({site()});
  const auto part = fetch(server.port(), get("/sketch.bin", "Range: bytes=100-199\r\n"));
  EXPECT_EQ(part->status, 206U);
  EXPECT_EQ(part->body, image_.substr(100, 100));
  EXPECT_EQ(part->field("content-range"), "bytes 100-199/" + std::to_string(image_.size()));
  const auto tail = fetch(server.port(), get("/sketch.bin", "Range: bytes=-10\r\n"));
  EXPECT_EQ(tail->body, image_.substr(image_.size() - 10));
  EXPECT_EQ(fetch(server.port(), get("/sketch.bin", "Range: bytes=99999999-\r\n"))->status, 416U);
  const auto stale =
      fetch(server.port(), get("/sketch.bin", "Range: bytes=1-2\r\nIf-Range: \"old\"\r\n"));
  EXPECT_EQ(stale->status, 200U);
  EXPECT_EQ(stale->body, image_);
}

TEST_F(ServeFiles, OneConnectionServesManyRequestsAlsoPipelined) {
  ServeProcess server({site()});
  HttpClient client(server.port());
  client.send(get("/sub/notes.txt") + get("/none") + get("/sketch.bin") + get("/healthz"));
  EXPECT_EQ(client.read_reply()->body, "some notes\n");
  EXPECT_EQ(client.read_reply()->status, 404U);
  EXPECT_EQ(client.read_reply()->body, image_);
  EXPECT_EQ(client.read_reply()->body, "ok\n");
}

TEST_F(ServeFiles, NoFileOutsideTheFolderIsServed) {
  namespace fs = std::filesystem;
  folder_.write("site/.secret", "hidden\n");
  folder_.write("site/.git/config", "hidden\n");
  folder_.write("site/key.txt", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n");
  folder_.write("site/otatool.toml", "[serve]\npath = '/u'\n");
  fs::create_symlink("../outside.txt", folder_ / "site/escape.txt");
  fs::create_symlink("/etc/passwd", folder_ / "site/passwd");
  fs::create_symlink("..", folder_ / "site/up");
  fs::create_symlink(".secret", folder_ / "site/shown.txt");
  fs::create_symlink("sub/notes.txt", folder_ / "site/inside.txt");
  ASSERT_EQ(mkfifo((folder_ / "site/pipe").c_str(), 0600), 0);
  ServeProcess server({site()});
  for (const char* target : {"/../outside.txt",
                             "/%2e%2e/outside.txt",
                             "/sub/../../outside.txt",
                             "/..%2foutside.txt",
                             "/escape.txt",
                             "/passwd",
                             "/up/outside.txt",
                             "/.secret",
                             "/.git/config",
                             "/shown.txt",
                             "/key.txt",
                             "/otatool.toml",
                             "/sub",
                             "/sub/",
                             "/pipe",
                             "//etc/passwd",
                             "/%00",
                             "/sketch.bin/"}) {
    const auto reply = fetch(server.port(), get(target));
    ASSERT_TRUE(reply) << target;
    EXPECT_EQ(reply->status, 404U) << target;
    EXPECT_EQ(reply->body, "no such file\n") << target;
  }
  EXPECT_EQ(fetch(server.port(), get("/inside.txt"))->body, "some notes\n");
}

TEST_F(ServeFiles, TheKeyAndTheUsersFileInTheFolderAreNotServed) {
  folder_.write("site/users.txt", "ann:secret\n");
  ServeProcess server({site(), "--auth-file", folder_ / "site/users.txt"});
  const std::string login = "Authorization: Basic YW5uOnNlY3JldA==\r\n";
  EXPECT_EQ(fetch(server.port(), get("/sketch.bin", login))->status, 200U);
  EXPECT_EQ(fetch(server.port(), get("/users.txt", login))->status, 404U);
  EXPECT_EQ(fetch(server.port(), get("/sketch.bin"))->status, 401U);
}

TEST_F(ServeFiles, LogsContainNoSecrets) {
  folder_.write("users.txt", "ann:correcthorse\n");
  const std::string log = folder_ / "access.log";
  ServeProcess server({site(), "--auth-file", folder_ / "users.txt", "--access-log", log, "-vv"});
  curl({"-u", "ann:correcthorse", "-o", folder_ / "copy.bin", server.url() + "/sketch.bin"});
  curl({"-u", "ann:wronghorse", "-o", folder_ / "copy.bin", server.url() + "/sketch.bin"});
  const Outcome outcome = server.stop();
  for (const std::string& text : {outcome.output, outcome.error, folder_.read("access.log")}) {
    EXPECT_THAT(text, Not(HasSubstr("horse")));
    EXPECT_THAT(text, Not(HasSubstr("YW5uO")));
  }
  EXPECT_THAT(folder_.read("access.log"), HasSubstr("GET /sketch.bin 200"));
  EXPECT_THAT(folder_.read("access.log"), HasSubstr("GET /sketch.bin 401"));
}

TEST_F(ServeFiles, TheRootOfAFolderIsTheStatusPage) {
  ServeProcess server({site()});
  const auto reply = fetch(server.port(), get("/"));
  EXPECT_EQ(reply->status, 302U);
  EXPECT_EQ(reply->field("location"), "/status");
  EXPECT_THAT(fetch(server.port(), get("/status"))->body, StartsWith("<!doctype html>"));
}

TEST_F(ServeFiles, JsonLogsHaveOneObjectPerLine) {
  const std::string log = folder_ / "access.log";
  ServeProcess server({site(), "--access-log", log, "--log-format", "json"});
  ASSERT_TRUE(fetch(server.port(), get("/sub/notes.txt", "Connection: close\r\n")));
  server.next_request();
  const auto line = nlohmann::json::parse(folder_.read("access.log"));
  EXPECT_EQ(line["path"], "/sub/notes.txt");
  EXPECT_EQ(line["device"], nullptr);

  std::filesystem::rename(log, folder_ / "access.log.1");
  server.process().send_signal(SIGHUP);
  ASSERT_FALSE(server.next("reload").is_null());
  ASSERT_TRUE(fetch(server.port(), get("/healthz", "Connection: close\r\n")));
  server.next_request();
  EXPECT_EQ(nlohmann::json::parse(folder_.read("access.log"))["path"], "/healthz");
}

}  // namespace
}  // namespace otatool::test
