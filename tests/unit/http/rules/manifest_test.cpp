#include "otatool/http/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kToml = R"([defaults]
chip = "esp8266"

[serve]
path = "/ota/check"
[serve.groups]
lab = ["5c-cf-7f-01-02-03", "5C:CF:7F:0a:*", 66051]

[[serve.rule]]
group = "lab"
chip = ["esp8266", "0x10203"]
board = "d1*"
mode = "filesystem"
match = { version = ["1.*", "0.9"], mac = "5CCF7F010203" }
image = "web/littlefs.bin"
version = "2.1.0"
percent = 20
minimum = "1.5"
gzip = true
verifier = true
downgrade = true

[[serve.rule]]
image = "sketch.bin"
)";

constexpr std::string_view kJson = R"({"serve": {"path": "/ota/check",
  "groups": {"lab": ["5c-cf-7f-01-02-03", "5C:CF:7F:0a:*", 66051]},
  "rule": [{"group": "lab", "chip": ["esp8266", "0x10203"], "board": "d1*", "mode": "filesystem",
            "match": {"version": ["1.*", "0.9"], "mac": "5CCF7F010203"},
            "image": "web/littlefs.bin", "version": "2.1.0", "percent": 20, "minimum": "1.5",
            "gzip": true, "verifier": true, "downgrade": true},
           {"image": "sketch.bin"}]}})";

void expect_everything(const Result<Manifest>& manifest) {
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->path, "/ota/check");
  EXPECT_THAT(manifest->groups.at("lab"),
              ElementsAre("5C:CF:7F:01:02:03", "5C:CF:7F:0A:*", "66051"));
  ASSERT_EQ(manifest->rules.size(), 2U);
  const ManifestRule& rule = manifest->rules[0];
  EXPECT_THAT(rule.matchers.groups, ElementsAre("lab"));
  EXPECT_THAT(rule.matchers.chips, ElementsAre("esp8266", "66051"));
  EXPECT_THAT(rule.matchers.boards, ElementsAre("d1*"));
  EXPECT_THAT(rule.matchers.macs, ElementsAre("5C:CF:7F:01:02:03"));
  EXPECT_THAT(rule.matchers.versions, ElementsAre("1.*", "0.9"));
  EXPECT_EQ(rule.matchers.mode, UpdateMode::Filesystem);
  EXPECT_EQ(rule.image, "web/littlefs.bin");
  EXPECT_EQ(rule.version, "2.1.0");
  EXPECT_EQ(rule.percent, 20U);
  EXPECT_EQ(rule.minimum, "1.5");
  EXPECT_TRUE(rule.gzip && rule.verifier && rule.downgrade);
  EXPECT_EQ(manifest->rules[1].percent, 100U);
  EXPECT_FALSE(manifest->rules[1].gzip);
}

TEST(Manifest, TomlAndJsonAreEquivalent) {
  expect_everything(parse_manifest_toml(kToml));
  expect_everything(parse_manifest_json(kJson));
}

TEST(Manifest, WithoutServeThereAreNoRules) {
  const auto manifest = parse_manifest_toml("[device.kitchen]\nhost = 'x'\n");
  ASSERT_TRUE(manifest);
  EXPECT_THAT(manifest->rules, IsEmpty());
  EXPECT_EQ(manifest->path, "/update");
}

struct Mistake {
  const char* name;
  const char* rule;
  const char* message;
};

class ManifestMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(ManifestMistake, NamesItsRule) {
  const auto manifest = parse_manifest_toml("[[serve.rule]]\nimage = 'a.bin'\n[[serve.rule]]\n" +
                                            std::string(GetParam().rule) + "\n");
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().code(), Errc::Usage);
  EXPECT_THAT(manifest.error().message(), HasSubstr("rule 2: "));
  EXPECT_THAT(manifest.error().message(), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Rules,
    ManifestMistake,
    ::testing::Values(
        Mistake{"NoImage", "version = '1'", "'image' is missing"},
        Mistake{"Unknown", "image = 'a'\nimages = 'b'", "unknown name 'images'"},
        Mistake{"UnknownMatch", "image = 'a'\nmatch = {image = 'b'}", "unknown name 'image'"},
        Mistake{"Traversal", "image = '../a.bin'", "'../a.bin' is not a path"},
        Mistake{"Absolute", "image = '/etc/passwd'", "'/etc/passwd' is not a path"},
        Mistake{"Hidden", "image = '.git/config'", "'.git/config' is not a path"},
        Mistake{"Percent", "image = 'a'\npercent = 101", "'percent' is not"},
        Mistake{"Fraction", "image = 'a'\npercent = 1.5", "'percent' is not"},
        Mistake{"Negative", "image = 'a'\npercent = -1", "'percent' is not"},
        Mistake{"Mac", "image = 'a'\nmac = '5C:CF'", "'5C:CF' is not a MAC"},
        Mistake{"Chip", "image = 'a'\nchip = 'esp9000'", "'esp9000' is not one of"},
        Mistake{"ChipNumber", "image = 'a'\nchip = 4294967296", "'4294967296' is not one of"},
        Mistake{"Mode", "image = 'a'\nmode = 'flash'", "'mode' is not one of"},
        Mistake{"Group", "image = 'a'\ngroup = 'attic'", "there is no group 'attic'"},
        Mistake{"Flag", "image = 'a'\ngzip = 'yes'", "'gzip' is not one of true, false"},
        Mistake{"EmptyList", "image = 'a'\nmac = []", "'mac' is an empty list"},
        Mistake{"Date", "image = 'a'\nversion = 2026-01-01", "'version' is not a string"},
        Mistake{"HeaderField", "image = 'a'\nversion = \"1\\r\\nX: y\"", "'version' is not a line"},
        Mistake{"Minimum", "image = 'a'\nversion = '1.0'\nminimum = '2.0'", "'minimum' is 2.0"},
        Mistake{"MacTwice",
                "image = 'a'\nmac = '5C:CF:7F:01:02:03'\nmatch = {mac = '*'}",
                "'mac' is given both in the rule and in its 'match'"},
        Mistake{"ModeTwice",
                "image = 'a'\nmatch = {mode = 'sketch'}\nmode = 'sketch'",
                "'mode' is given both"},
        Mistake{"MinimumAlone", "image = 'a'\nminimum = '2.0'", "without a version"}),
    [](const auto& mistake) { return std::string(mistake.param.name); });

TEST(ManifestRollout, IsReadWithItsDefaults) {
  const auto manifest = parse_manifest_toml(
      "[serve.names]\n\"5c-cf-7f-01-02-03\" = \"kitchen\"\n"
      "[[serve.rule]]\nimage = \"a.bin\"\nversion = \"2\"\nstages = [1, 10, 100]\n"
      "stage-time = \"90m\"\nstage-confirmed = \"75%\"\nhalt-failures = \"2.5%\"\nname = \"new\"\n"
      "[[serve.rule]]\nimage = \"b.bin\"\nversion = \"2\"\nstages = [100]\n"
      "[[serve.rule]]\nimage = \"c.bin\"\nattempts = 5\nretry-after = \"2d\"\n");
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->names.at("5C:CF:7F:01:02:03"), "kitchen");
  const ManifestRule& first = manifest->rules.at(0);
  ASSERT_TRUE(first.plan);
  EXPECT_EQ(first.name, "new");
  EXPECT_EQ(first.plan->stages, (std::vector<unsigned>{1, 10, 100}));
  EXPECT_EQ(first.plan->stage_time, 5400);
  EXPECT_EQ(first.plan->stage_confirmed, 75U);
  EXPECT_EQ(first.plan->halt_failures_permille, 25U);
  const ManifestRule& second = manifest->rules.at(1);
  EXPECT_EQ(second.name, "b.bin");
  EXPECT_EQ(second.plan->stage_time, 7200);
  EXPECT_EQ(second.plan->stage_confirmed, 80U);
  EXPECT_EQ(second.plan->halt_failures_permille, 50U);
  EXPECT_EQ(second.attempts, (fleet::AttemptLimit{.attempts = 3, .retry_after = 21600}));
  EXPECT_FALSE(manifest->rules.at(2).plan);
  EXPECT_EQ(manifest->rules.at(2).attempts,
            (fleet::AttemptLimit{.attempts = 5, .retry_after = 172800}));
}

TEST(ManifestRollout, RefusesWhatIsNotPlanned) {
  const std::vector<std::pair<std::string, std::string>> mistakes = {
      {"stages = []", "'stages'"},
      {"stages = [10, 10]", "'stages'"},
      {"stages = [0, 10]", "'stages'"},
      {"stages = [50, 101]", "'stages'"},
      {"stages = [\"1\"]", "'stages'"},
      {"stages = 5", "'stages'"},
      {"stages = [5]\nstage-time = 5", "'stage-time'"},
      {"stages = [5]\nstage-time = \"0s\"", "'stage-time'"},
      {"stages = [5]\nstage-time = \"2 h\"", "'stage-time'"},
      {"stages = [5]\nstage-time = \"\"", "'stage-time'"},
      {"stages = [5]\nstage-time = \"366d\"", "'stage-time'"},
      {"stages = [5]\nhalt-failures = \"5\"", "'halt-failures'"},
      {"stages = [5]\nhalt-failures = \"100.1%\"", "'halt-failures'"},
      {"stages = [5]\nhalt-failures = \"1.25%\"", "'halt-failures'"},
      {"stages = [5]\nstage-confirmed = \"1.5%\"", "'stage-confirmed'"},
      {"stages = [5]\npercent = 5", "exclude each other"},
      {"stage-time = \"2h\"", "needs 'stages'"},
      {"name = \"x\"", "needs 'stages'"},
      {"attempts = 0", "'attempts'"},
      {"retry-after = \"1y\"", "'retry-after'"},
  };
  const std::string rule = "[[serve.rule]]\nimage = \"a.bin\"\nversion = \"2\"\n";
  for (const auto& [text, complaint] : mistakes) {
    const auto manifest = parse_manifest_toml(rule + text);
    ASSERT_FALSE(manifest) << text;
    EXPECT_THAT(manifest.error().message(), HasSubstr(complaint)) << text;
    EXPECT_THAT(manifest.error().message(), HasSubstr("rule 1")) << text;
  }
  EXPECT_FALSE(parse_manifest_toml("[[serve.rule]]\nimage = \"a.bin\"\nstages = [5]"));
  EXPECT_FALSE(parse_manifest_toml(rule + "stages = [5]\n" + rule + "stages = [5]"));
  EXPECT_FALSE(parse_manifest_toml("[serve.names]\nkitchen = \"x\""));
}

TEST(Manifest, TheServersOwnPathsAreReserved) {
  for (const std::string path : {"/status", "/status.json", "/metrics", "/healthz", "/readyz"}) {
    const auto manifest = parse_manifest_toml("[serve]\npath = '" + path + "'\n");
    ASSERT_FALSE(manifest) << path;
    EXPECT_THAT(manifest.error().message(),
                HasSubstr("'" + path + "' is a path of the server itself"));
  }
  EXPECT_TRUE(parse_manifest_toml("[serve]\npath = '/status/update'\n"));
}

TEST(Manifest, OtherErrorsAreNamed) {
  const auto syntax = parse_manifest_toml("[serve]\npath = \n");
  ASSERT_FALSE(syntax);
  EXPECT_THAT(syntax.error().message(), HasSubstr("line 2"));
  EXPECT_THAT(parse_manifest_toml("serve = 1").error().message(), HasSubstr("'serve'"));
  EXPECT_THAT(parse_manifest_toml("[[rule]]\nimage = 'a'").error().message(),
              HasSubstr("'rule' belongs to 'serve'"));
  EXPECT_THAT(parse_manifest_json(R"({"server": {}})").error().message(),
              HasSubstr("unknown name 'server'"));
  EXPECT_TRUE(parse_manifest_toml("[defaults]\njobs = 2\n[device.kitchen]\nhost = 'a'"));
  EXPECT_THAT(parse_manifest_toml("[serve]\nrules = []").error().message(),
              HasSubstr("unknown name 'rules' in 'serve'"));
  EXPECT_THAT(parse_manifest_toml("[serve]\npath = 'update'").error().message(),
              HasSubstr("'update' is not an absolute path"));
  EXPECT_THAT(parse_manifest_toml("[serve.groups]\nlab = ['x y']").error().message(),
              HasSubstr("'x y' in the group 'lab'"));
  EXPECT_THAT(parse_manifest_json("{").error().message(), HasSubstr("not JSON"));
  EXPECT_THAT(parse_manifest_json("[]").error().message(), HasSubstr("not a table"));
}

TEST(Manifest, ADeepNestingIsRefusedBeforeParsing) {
  const std::string deep(200'000, '[');
  for (const auto& manifest : {parse_manifest_toml("[serve]\npath = " + deep),
                               parse_manifest_json("{\n\"serve\": " + deep)}) {
    ASSERT_FALSE(manifest);
    EXPECT_EQ(manifest.error().code(), Errc::Usage);
    EXPECT_EQ(manifest.error().message(),
              "line 2: more than 32 arrays or tables inside each other");
  }
}

TEST(Manifest, NamesTheFilesWithSecrets) {
  const auto manifest = parse_manifest_toml(
      "[defaults]\npassword-file = 'fleet.pw'\nkey = '~/private.key'\njobs = 2\n"
      "[device.kitchen]\nhost = 'a'\npassword-file = 'kitchen.pw'\n");
  ASSERT_TRUE(manifest);
  EXPECT_THAT(manifest->secret_files,
              ::testing::UnorderedElementsAre("fleet.pw", "~/private.key", "kitchen.pw"));
}

}  // namespace
}  // namespace otatool::http
