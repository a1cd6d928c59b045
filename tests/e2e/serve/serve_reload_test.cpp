// Manifests: checking, and replacing manifest and images while the server runs.
#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include "tests/e2e/serve/serve_fixture.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;

class ServeReload : public ServeTest {
 protected:
  /// Writes a new file and renames it.
  void replace(const std::string& name, const std::string& content) const {
    folder_.write(name + ".new", content);
    std::filesystem::rename(folder_ / (name + ".new"), folder_ / name);
  }
  static std::string rule(const std::string& image, const std::string& version) {
    return "[[serve.rule]]\nimage = '" + image + "'\nversion = '" + version + "'\n";
  }
};

TEST_F(ServeReload, CheckListsTheRulesOrTheProblem) {
  folder_.write("a.bin", esp8266_image());
  folder_.write("otatool.toml", rule("a.bin", "2.0"));
  const Outcome good = otatool({"serve", folder_.path(), "--check"});
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_THAT(good.output, HasSubstr("rule 1: a.bin 2.0 for every device"));
  EXPECT_THAT(good.output, HasSubstr("ok: 1 rule, 1 image"));
  const auto document =
      nlohmann::json::parse(otatool({"serve", folder_.path(), "--check", "--json"}).output);
  EXPECT_EQ(document["schema"], 1);
  EXPECT_EQ(document["images"][0]["chip"], "esp8266");

  folder_.write("otatool.toml", rule("a.bin", "2.0") + rule("b.bin", "2.0"));
  const Outcome missing = otatool({"serve", folder_.path(), "--check"});
  EXPECT_EQ(missing.exit_code, 7);
  EXPECT_THAT(missing.error, HasSubstr("rule 2: 'b.bin': No such file"));

  std::string damaged = esp8266_image();
  damaged[damaged.size() / 2] ^= 1;
  folder_.write("b.bin", damaged);
  EXPECT_EQ(otatool({"serve", folder_.path(), "--check"}).exit_code, 7);
  folder_.write("b.bin", "#!/bin/sh\n");
  EXPECT_EQ(otatool({"serve", folder_.path(), "--check"}).exit_code, 7);
  folder_.write("otatool.toml", "[[serve.rule]]\nimag = 'a.bin'\n");
  const Outcome mistake = otatool({"serve", folder_.path(), "--check"});
  EXPECT_EQ(mistake.exit_code, 2);
  EXPECT_THAT(mistake.error, HasSubstr("unknown name 'imag'"));
}

TEST_F(ServeReload, CheckShowsTheConditionsOfEachRule) {
  folder_.write("a.bin", esp8266_image());
  folder_.write("otatool.toml",
                rule("a.bin", "2.0") + "mac = '5C:CF:7F:*'\nmode = 'sketch'\nminimum = '1.5'\n" +
                    "percent = 20\nmatch = {version = '1.*', chip = ['esp8266', 'esp32']}\n" +
                    rule("a.bin", "2.1") + "percent = 30\n");
  const std::string text = otatool({"serve", folder_.path(), "--check"}).output;
  EXPECT_THAT(text,
              HasSubstr("rule 1: a.bin 2.0 for mac 5C:CF:7F:*, chip esp8266 or esp32, running 1.*, "
                        "mode sketch, 20 % of them, minimum 1.5\n"));
  EXPECT_THAT(text, HasSubstr("rule 2: a.bin 2.1 for every device, 30 % of them\n"));
  const auto rules = nlohmann::json::parse(
      otatool({"serve", folder_.path(), "--check", "--json"}).output)["rules"];
  EXPECT_EQ(rules[0]["match"],
            nlohmann::json::parse(R"({"mac": ["5C:CF:7F:*"], "chip": ["esp8266", "esp32"],
                                      "version": ["1.*"], "mode": "sketch"})"));
  EXPECT_EQ(rules[0]["minimum"], "1.5");
  EXPECT_EQ(rules[1]["match"], nlohmann::json::object());
}

TEST_F(ServeReload, ARuleWhoseChipsDoNotMatchItsImageIsRefused) {
  folder_.write("a.bin", esp8266_image());
  for (const char* chips : {"'esp32'", "['esp32']"}) {
    folder_.write("otatool.toml", rule("a.bin", "2.0") + "chip = " + chips + "\n");
    const Outcome outcome = otatool({"serve", folder_.path(), "--check"});
    EXPECT_EQ(outcome.exit_code, 7);
    EXPECT_THAT(outcome.error, HasSubstr("rule 1: 'a.bin' is for esp8266, but 'chip' is esp32"));
  }
  for (const char* chips : {"'esp8266'", "66051", "['esp32', 'esp8266']"}) {
    folder_.write("otatool.toml", rule("a.bin", "2.0") + "chip = " + chips + "\n");
    EXPECT_EQ(otatool({"serve", folder_.path(), "--check"}).exit_code, 0) << chips;
  }
  folder_.write("a.bin", text_of(support::esp32_image({})));
  folder_.write("otatool.toml", rule("a.bin", "2.0") + "chip = 66051\n");
  EXPECT_EQ(otatool({"serve", folder_.path(), "--check"}).exit_code, 7);
}

TEST_F(ServeReload, ASignedPackageNeedsAnEntryInTheManifest) {
  folder_.write("a.bin", esp8266_image());
  const std::string package = folder_ / "a.bin.gz";
  ASSERT_EQ(otatool({"gzip", folder_ / "a.bin", "-o", package}).exit_code, 0);
  ASSERT_EQ(otatool({"keygen", "-o", folder_ / "k.key", "--pubkey", folder_ / "k.pub"}).exit_code,
            0);
  const Outcome signing =
      otatool({"sign", package, "--key", folder_ / "k.key", "-o", folder_ / "s.bin"});
  ASSERT_EQ(signing.exit_code, 0) << signing.error;
  folder_.write("otatool.toml", "[[serve.rule]]\nimage = 's.bin'\ngzip = true\n");
  EXPECT_EQ(otatool({"serve", folder_.path(), "--check"}).exit_code, 7);
  folder_.write("otatool.toml", "[[serve.rule]]\nimage = 's.bin'\ngzip = true\nverifier = true\n");
  const Outcome known = otatool({"serve", folder_.path(), "--check"});
  EXPECT_EQ(known.exit_code, 0) << known.error;
}

TEST_F(ServeReload, AValidManifestReplacesTheOldOneAndAnInvalidOneDoesNot) {
  const std::string old_image = esp8266_image("old");
  const std::string new_image = esp8266_image("new");
  folder_.write("old.bin", old_image);
  folder_.write("new.bin", new_image);
  folder_.write("otatool.toml", rule("old.bin", "1.0"));
  ServeProcess server({folder_.path()});
  const auto offered = [&] {
    const auto reply = fetch(server.port(), esp8266_request("/update"));
    return reply ? reply->field("x-version") : "no answer";
  };
  EXPECT_EQ(offered(), "1.0");
  replace("otatool.toml", rule("new.bin", "2.0"));
  EXPECT_EQ(server.next("reload")["ok"], true);
  EXPECT_EQ(offered(), "2.0");

  replace("otatool.toml", "[[serve.rule]]\nimage = 'none.bin'\n");
  auto refused = server.next("reload");
  EXPECT_EQ(refused["ok"], false);
  EXPECT_THAT(std::string(refused["error"]), HasSubstr("none.bin"));
  EXPECT_EQ(offered(), "2.0");
  const auto status = fetch(server.port(), "GET /status.json HTTP/1.0\r\n\r\n");
  EXPECT_THAT(status->body, HasSubstr("none.bin"));

  // The missing image appears; the manifest need not change.
  folder_.write("none.bin", old_image);
  EXPECT_EQ(server.next("reload")["ok"], true);
  EXPECT_EQ(fetch(server.port(), esp8266_request("/update"))->body, old_image);
  const Outcome outcome = server.stop();
  EXPECT_THAT(outcome.error, HasSubstr("still serving the previous version"));
}

TEST_F(ServeReload, AManifestThatNestsTooDeeplyDoesNoHarm) {
  const auto repeated = [](const std::string& text) {
    std::string all;
    for (int i = 0; i < 200'000; ++i) {
      all += text;
    }
    return all;
  };
  folder_.write("a.bin", esp8266_image());
  folder_.write("otatool.toml", rule("a.bin", "2.0"));
  ServeProcess server({folder_.path()});
  std::string lines;
  for (const std::string& text : {repeated("a.") + "a = 1\n",
                                  "[" + repeated("a.") + "a]\n",
                                  "a = " + repeated("[") + repeated("]") + "\n",
                                  "a = " + repeated("{a=") + "1" + repeated("}") + "\n"}) {
    lines += "\n";
    replace("otatool.toml", lines + text);
    const auto event = server.next("reload");
    ASSERT_EQ(event["ok"], false);
    const std::string line = "line " + std::to_string(lines.size() + 1) + ": ";
    EXPECT_THAT(event["error"].get<std::string>(), HasSubstr(line));
    EXPECT_EQ(fetch(server.port(), esp8266_request("/update"))->field("x-version"), "2.0");
  }
  std::filesystem::remove(folder_ / "otatool.toml");
  for (const std::string& text : {"{\"serve\": " + repeated("["), repeated("{\"a\":")}) {
    folder_.write("otatool.json", text);
    const Outcome outcome = otatool({"serve", folder_.path(), "--check"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.error, HasSubstr("more than 32 arrays or tables inside each other"));
  }
}

TEST_F(ServeReload, AnImageIsNeverSentMixedOrHalfWritten) {
  const std::string old_image = esp8266_image("old", 1'000'000);
  const std::string new_image = esp8266_image("new", 1'010'000);
  folder_.write("a.bin", old_image);
  ServeProcess server({folder_ / "a.bin"});
  HttpClient slow(server.port());
  slow.set_receive_buffer(65536);
  slow.send(esp8266_request("/"));
  std::string got = slow.read_some(4096);
  // Written in place like cp: first half of the file, then all of it.
  folder_.write("a.bin", new_image.substr(0, 500'000));
  EXPECT_EQ(server.next("reload")["ok"], false);
  EXPECT_EQ(fetch(server.port(), esp8266_request("/"))->body, old_image);
  folder_.write("a.bin", new_image);
  EXPECT_EQ(server.next("reload")["ok"], true);
  EXPECT_EQ(fetch(server.port(), esp8266_request("/"))->body, new_image);
  for (std::string more = slow.read_some(65536); !more.empty(); more = slow.read_some(65536)) {
    got += more;
  }
  EXPECT_EQ(got.substr(got.find("\r\n\r\n") + 4), old_image);
}

TEST_F(ServeReload, EveryAnswerComesFromOneManifest) {
  const std::array<std::string, 2> images = {esp8266_image("zero"), esp8266_image("one")};
  folder_.write("0.bin", images[0]);
  folder_.write("1.bin", images[1]);
  folder_.write("otatool.toml", rule("0.bin", "0"));
  ServeProcess server({folder_.path()});
  std::array<int, 2> seen = {0, 0};
  int manifest = 0;
  for (int round = 0; round < 600 || seen[0] == 0 || seen[1] == 0; ++round) {
    ASSERT_LT(round, 20'000);
    if (round % 60 == 0) {
      manifest = 1 - manifest;
      replace("otatool.toml", rule(std::to_string(manifest) + ".bin", std::to_string(manifest)));
    }
    // Each request is of another device: one that downloads without effect would have to wait.
    char mac[sizeof "5C:CF:7F:01:02:03"] = {};
    std::snprintf(mac,
                  sizeof mac,
                  "5C:CF:7F:01:%02X:%02X",
                  static_cast<unsigned>(round) / 256U % 256U,
                  static_cast<unsigned>(round) % 256U);
    const auto reply = fetch(server.port(), esp8266_request("/update", {.mac = mac}));
    ASSERT_TRUE(reply);
    ASSERT_EQ(reply->status, 200U);
    const auto version = static_cast<std::size_t>(std::stoi(reply->field("x-version")));
    ASSERT_EQ(reply->body, images.at(version));
    ++seen.at(version);
    // The log must be read, otherwise the server would block on the full pipe.
    server.next_request();
  }
}

}  // namespace
}  // namespace otatool::test
