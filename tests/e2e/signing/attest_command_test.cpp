// `otatool sign --attest`: the envelope verifies with openssl, and the statement is true.
#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/base64.hpp"
#include "otatool/bytes.hpp"

#include "tests/e2e/signing/signing_commands.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Variables = std::map<std::string, std::string>;

const Variables kGithub = {{"GITHUB_ACTIONS", "true"},
                           {"GITHUB_SERVER_URL", "https://github.com"},
                           {"GITHUB_REPOSITORY", "maker/lamp"},
                           {"GITHUB_REF", "refs/tags/v1.2"},
                           {"GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567"},
                           {"GITHUB_RUN_ID", "42"},
                           {"GITHUB_RUN_ATTEMPT", "2"}};

class AttestCommand : public ::testing::Test {
 protected:
  [[nodiscard]] Outcome sign(const Variables& variables, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"sign", "--attest", "proof"});
    ProgramCall call = folder_.call(std::move(more));
    call.environment = variables;
    return run(call);
  }
  /// The statement in the envelope `proof`, whose signature goes to `sig` and whose signed bytes go
  /// to `encoded`.
  [[nodiscard]] nlohmann::json statement() const {
    const auto envelope = nlohmann::json::parse(folder_.read("proof"));
    EXPECT_EQ(envelope.size(), 3U);
    const std::string type = envelope["payloadType"];
    EXPECT_EQ(type, "application/vnd.in-toto+json");
    const auto payload = from_base64(envelope["payload"].get<std::string>()).value();
    const std::string encoded = "DSSEv1 28 application/vnd.in-toto+json " +
                                std::to_string(payload.size()) + " " +
                                std::string(as_text(payload));
    folder_.write("encoded", {encoded.begin(), encoded.end()});
    EXPECT_EQ(envelope["signatures"].size(), 1U);
    folder_.write("sig", from_base64(envelope["signatures"][0]["sig"].get<std::string>()).value());
    keyid_ = envelope["signatures"][0]["keyid"];
    return nlohmann::json::parse(payload);
  }
  [[nodiscard]] std::string fingerprint(const std::string& key) const {
    std::string text = folder_.otatool({"pubkey", key, "--format", "fingerprint"}).output;
    text.pop_back();
    return text;
  }
  [[nodiscard]] std::string sha256(const std::string& file) const {
    EXPECT_TRUE(folder_.shell("sha256sum " + file + " >sum"));
    return folder_.read("sum").substr(0, 64);
  }
  const SigningFolder folder_;
  mutable std::string keyid_;
};

TEST_F(AttestCommand, TheEnvelopeVerifiesWithOpensslAndTheStatementIsTrue) {
  const Outcome outcome =
      sign(kGithub, {"app.bin", "-k", "private.key", "--legacy", "old", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(nlohmann::json::parse(outcome.output)["files"][0]["attestation"], "proof");
  const auto found = statement();
  EXPECT_TRUE(folder_.shell("openssl dgst -sha256 -verify public.key -signature sig encoded"));
  EXPECT_EQ(keyid_, fingerprint("public.key"));
  const auto expected = nlohmann::json::parse(R"({
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "app.bin.signed", "digest": {"sha256": "SIGNED"}},
                {"name": "old", "digest": {"sha256": "OLD"}}],
    "predicateType": "https://slsa.dev/provenance/v1",
    "predicate": {
      "buildDefinition": {
        "buildType": "urn:otatool:sign:v1",
        "externalParameters": {"repository": "https://github.com/maker/lamp", "ref": "refs/tags/v1.2"},
        "internalParameters": {"ci": "github", "form": "esp8266", "hash": "SHA-256", "keyFingerprint": "KEY"},
        "resolvedDependencies": [
          {"uri": "git+https://github.com/maker/lamp@refs/tags/v1.2",
           "digest": {"gitCommit": "0123456789abcdef0123456789abcdef01234567"}},
          {"name": "app.bin", "digest": {"sha256": "IMAGE"}}]},
      "runDetails": {
        "builder": {"id": "https://github.com"},
        "metadata": {"invocationId": "https://github.com/maker/lamp/actions/runs/42/attempts/2"}}}})");
  std::string text = expected.dump();
  for (const auto& [word, value] : {std::pair("SIGNED", sha256("app.bin.signed")),
                                    std::pair("OLD", sha256("old")),
                                    std::pair("IMAGE", sha256("app.bin")),
                                    std::pair("KEY", keyid_)}) {
    text.replace(text.find('"' + std::string(word) + '"') + 1, std::string(word).size(), value);
  }
  EXPECT_EQ(found, nlohmann::json::parse(text)) << found.dump(1);
}

TEST_F(AttestCommand, IsReproducible) {
  ASSERT_EQ(sign(kGithub, {"app.bin", "-k", "private.key"}).exit_code, 0);
  const std::string first = folder_.read("proof");
  ASSERT_EQ(sign(kGithub, {"app.bin", "-k", "private.key"}).exit_code, 0);
  EXPECT_EQ(folder_.read("proof"), first);
}

TEST_F(AttestCommand, UsesTheOperationOfTheForm) {
  ASSERT_EQ(sign({}, {"esp32.bin", "-k", "ec.key", "--hash", "sha384"}).exit_code, 0);
  const auto found = statement();
  EXPECT_TRUE(folder_.shell("openssl dgst -sha384 -verify ec.pub -signature sig encoded"));
  EXPECT_EQ(found["predicate"]["runDetails"]["builder"]["id"], "urn:otatool:no-ci");
  ASSERT_EQ(sign({}, {"esp32.bin", "-k", "private.key"}).exit_code, 0);
  static_cast<void>(statement());
  EXPECT_TRUE(
      folder_.shell("openssl dgst -sha256 -verify public.key -signature sig -sigopt "
                    "rsa_padding_mode:pss -sigopt rsa_pss_saltlen:222 encoded"));
}

TEST_F(AttestCommand, ASignerProgramSignsBoth) {
  const Outcome outcome = sign(kGithub,
                               {"app.bin",
                                "--signer",
                                "echo run >>runs; openssl pkeyutl -sign -inkey private.key "
                                "-pkeyopt digest:sha256 -in /dev/stdin",
                                "-p",
                                "public.key"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(folder_.read("runs"), "run\nrun\n");
  static_cast<void>(statement());
  EXPECT_TRUE(folder_.shell("openssl dgst -sha256 -verify public.key -signature sig encoded"));
}

TEST_F(AttestCommand, WritesBothFilesOrNeither) {
  const Outcome outcome =
      folder_.otatool({"sign", "app.bin", "-k", "private.key", "--attest", "no/such/folder/proof"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_FALSE(folder_.has("app.bin.signed"));
  // The second run of the program fails.
  EXPECT_EQ(sign({},
                 {"app.bin",
                  "--signer",
                  "echo run >>runs; test $(wc -l <runs) = 1 && openssl pkeyutl -sign -inkey "
                  "private.key -pkeyopt digest:sha256 -in /dev/stdin",
                  "-p",
                  "public.key"})
                .exit_code,
            8);
  EXPECT_FALSE(folder_.has("app.bin.signed"));
  EXPECT_FALSE(folder_.has("proof"));
}

TEST_F(AttestCommand, KnowsTheVariablesOfEachSystem) {
  struct System {
    Variables variables;
    std::string ci, builder, source, run;
  };
  const std::vector<System> systems = {
      {{{"GITLAB_CI", "true"},
        {"CI", "true"},
        {"CI_SERVER_URL", "https://gitlab.example"},
        {"CI_PROJECT_URL", "https://gitlab.example/a/b"},
        {"CI_COMMIT_REF_NAME", "main"},
        {"CI_COMMIT_SHA", "c0"},
        {"CI_JOB_URL", "https://gitlab.example/a/b/-/jobs/7"}},
       "gitlab",
       "https://gitlab.example",
       "git+https://gitlab.example/a/b@main",
       "https://gitlab.example/a/b/-/jobs/7"},
      {{{"CI", "woodpecker"},
        {"CI_SYSTEM_URL", "https://ci.example"},
        {"CI_REPO_URL", "https://git.example/a/b"},
        {"CI_COMMIT_REF", "refs/heads/x"},
        {"CI_COMMIT_SHA", "c0"},
        {"CI_PIPELINE_URL", "https://ci.example/repos/1/pipeline/3"}},
       "woodpecker",
       "https://ci.example",
       "git+https://git.example/a/b@refs/heads/x",
       "https://ci.example/repos/1/pipeline/3"},
      {{{"DRONE", "true"},
        {"DRONE_SYSTEM_PROTO", "https"},
        {"DRONE_SYSTEM_HOST", "drone.example"},
        {"DRONE_REPO_LINK", "https://git.example/a/b"},
        {"DRONE_COMMIT_REF", "refs/heads/x"},
        {"DRONE_COMMIT_SHA", "c0"},
        {"DRONE_BUILD_LINK", "https://drone.example/a/b/9"}},
       "drone",
       "https://drone.example",
       "git+https://git.example/a/b@refs/heads/x",
       "https://drone.example/a/b/9"},
      {{{"TF_BUILD", "True"},
        {"SYSTEM_COLLECTIONURI", "https://dev.azure.com/org/"},
        {"SYSTEM_TEAMPROJECT", "my lamp"},
        {"BUILD_REPOSITORY_URI", "https://token@dev.azure.com/org/_git/lamp"},
        {"BUILD_SOURCEBRANCH", "refs/heads/main"},
        {"BUILD_SOURCEVERSION", "c0"},
        {"BUILD_BUILDID", "12"}},
       "azure-pipelines",
       "https://dev.azure.com/org/",
       "git+https://dev.azure.com/org/_git/lamp@refs/heads/main",
       "https://dev.azure.com/org/my%20lamp/_build/results?buildId=12"},
      {{{"CIRCLECI", "true"},
        {"CIRCLE_REPOSITORY_URL", "git@github.com:a/b.git"},
        {"CIRCLE_BRANCH", "main"},
        {"CIRCLE_SHA1", "c0"},
        {"CIRCLE_BUILD_URL", "https://circleci.com/gh/a/b/5"}},
       "circleci",
       "https://circleci.com",
       "git+ssh://github.com/a/b.git@main",
       "https://circleci.com/gh/a/b/5"},
      {{{"JENKINS_URL", "https://jenkins.example/"},
        {"GIT_URL", "https://user:secret@git.example/a@b/c"},
        {"GIT_BRANCH", "origin/main"},
        {"GIT_COMMIT", "c0"},
        {"BUILD_URL", "https://jenkins.example/job/1/"}},
       "jenkins",
       "https://jenkins.example/",
       "git+https://git.example/a@b/c@origin/main",
       "https://jenkins.example/job/1/"}};
  for (const System& system : systems) {
    ASSERT_EQ(sign(system.variables, {"app.bin", "-k", "private.key"}).exit_code, 0);
    const auto predicate = statement()["predicate"];
    EXPECT_EQ(predicate["buildDefinition"]["internalParameters"]["ci"], system.ci);
    EXPECT_EQ(predicate["buildDefinition"]["resolvedDependencies"][0]["uri"], system.source);
    EXPECT_EQ(predicate["buildDefinition"]["resolvedDependencies"][0]["digest"]["gitCommit"], "c0");
    EXPECT_EQ(predicate["runDetails"]["builder"]["id"], system.builder);
    EXPECT_EQ(predicate["runDetails"]["metadata"]["invocationId"], system.run);
    EXPECT_THAT(predicate.dump(), Not(HasSubstr("secret")));
    EXPECT_THAT(predicate.dump(), Not(HasSubstr("token")));
  }
}

TEST_F(AttestCommand, RefusesWhatItCannotDo) {
  const auto expect_usage = [&](std::vector<std::string> words, const std::string& why) {
    const Outcome outcome = sign({}, std::move(words));
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.error, HasSubstr(why));
    EXPECT_FALSE(folder_.has("proof"));
  };
  expect_usage({"app.bin", "esp32.bin", "-k", "private.key"}, "need a single image");
  expect_usage({"app.bin", "-k", "private.key", "-o", "-"}, "none of them to stdout");
  EXPECT_THAT(folder_.otatool({"sign", "app.bin", "-k", "private.key", "--attest", "-"}).error,
              HasSubstr("none of them to stdout"));
  expect_usage({"app.bin", "-k", "private.key", "--format", "esp8266-legacy"}, "another form");
  EXPECT_FALSE(folder_.has("app.bin.signed"));
}

}  // namespace
}  // namespace otatool::test
