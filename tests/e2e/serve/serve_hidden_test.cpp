// Files that clients never get: manifests, keys, passwords, under any name and as copies.
#include <filesystem>
#include <map>
#include <string>

#include "tests/e2e/serve/serve_fixture.hpp"
#include "tests/support/certificate.hpp"

namespace otatool::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* kAnn = "Authorization: Basic YW5uOnNlY3JldA==\r\n";
constexpr const char* kManifest =
    "[defaults]\npassword-file = 'fleet.pw'\n[device.kitchen]\nhost = 'a'\n"
    "password-file = 'secret/kitchen.pw'\nencryption-key-file = "
    "'secret/kitchen.key'\n[[serve.rule]]\nimage = 'a.bin'\n";

class ServeHidden : public ServeTest {
 protected:
  ServeHidden() {
    folder_.write("site/a.bin", esp8266_image());
    folder_.write("site/sub/notes.txt", "some notes\n");
    folder_.write("site/otatool.toml", kManifest);
  }
  [[nodiscard]] std::string site(const std::string& name = "") const {
    return folder_ / ("site/" + name);
  }
  static unsigned status(const ServeProcess& server, const std::string& name) {
    const auto reply =
        fetch(server.port(), "GET /" + name + " HTTP/1.0\r\nHost: x\r\n" + kAnn + "\r\n");
    return reply ? reply->status : 0;
  }
  /// Makes files with secrets; returns their names with the reasons why they are hidden.
  [[nodiscard]] std::map<std::string, std::string> make_secrets() const {
    folder_.write("site/fleet.pw", "hunter2\n");
    folder_.write("site/secret/kitchen.pw", "correct horse\n");
    folder_.write("site/secret/kitchen.key", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n");
    folder_.write("site/sub/copy.pw", "correct horse\n");
    folder_.write("site/users.txt", "ann:secret\n");
    folder_.write("site/sub/users.bak", "ann:secret\n");
    folder_.write("site/sub/htpasswd", "bob:$2y$05$hash\n");
    folder_.write("site/sub/old.txt", "[[serve.rule]]\nimage = 'old.bin'\n");
    folder_.write("site/sub/otatool.toml", "");
    folder_.write("site/.hidden", "dot\n");
    fs::create_hard_link(site(".hidden"), site("sub/plain"));
    fs::create_symlink("../otatool.toml", site("sub/link"));
    fs::create_hard_link(site("otatool.toml"), site("sub/hard"));
    EXPECT_EQ(openssl_req(site("sub/key.pem"), site("sub/cert.pem"), "x", {"-x509"}).exit_code, 0);
    const auto convert = [this](std::vector<std::string> arguments) {
      EXPECT_EQ(run({.program = "/usr/bin/openssl", .arguments = arguments, .folder = site("sub")})
                    .exit_code,
                0);
    };
    convert({"pkey", "-in", "key.pem", "-outform", "DER", "-out", "key.der"});
    convert({"pkcs12",
             "-export",
             "-in",
             "cert.pem",
             "-inkey",
             "key.pem",
             "-passout",
             "pass:x",
             "-out",
             "key.p12"});
    const Outcome packed = run({.program = "/bin/gzip", .arguments = {"-k", site("sub/old.txt")}});
    EXPECT_EQ(packed.exit_code, 0) << packed.error;
    return {
        {"otatool.toml", "clients do not get a manifest"},
        {"sub/otatool.toml", "clients do not get a manifest"},
        {"sub/link", "it contains a manifest"},
        {"sub/hard", "it contains a manifest"},
        {"sub/old.txt", "it contains a manifest"},
        {"sub/old.txt.gz", "it contains a manifest"},
        {"fleet.pw", "clients do not get a file that the manifest names as secret"},
        {"secret/kitchen.pw", "clients do not get a file that the manifest names as secret"},
        {"secret/kitchen.key", "clients do not get a file that the manifest names as secret"},
        {"sub/copy.pw", "clients do not get a copy of a file that the manifest names as secret"},
        {"users.txt", "clients do not get the file of --auth-file"},
        {"sub/users.bak", "clients do not get a copy of the file of --auth-file"},
        {"sub/htpasswd", "it contains hashed passwords"},
        {"sub/plain", "another name of the file begins with a dot"},
        {"sub/key.pem", "it contains a private key"},
        {"sub/key.der", "it contains a private key"},
        {"sub/key.p12", "it contains a private key"}};
  }
};

TEST_F(ServeHidden, NoNameAndNoCopyGivesASecretAway) {
  const auto secrets = make_secrets();
  ServeProcess server({site(), "--auth-file", site("users.txt")});
  for (const auto& [name, reason] : secrets) {
    EXPECT_EQ(status(server, name), 404U) << name;
    EXPECT_THAT(server.next_request()["reason"].get<std::string>(), HasSubstr(reason)) << name;
  }
  EXPECT_EQ(status(server, ".hidden"), 404U);
  for (const char* name : {"a.bin", "sub/notes.txt", "sub/cert.pem"}) {
    EXPECT_EQ(status(server, name), 200U) << name;
  }
}

TEST_F(ServeHidden, CheckListsWhatIsHidden) {
  const auto secrets = make_secrets();
  const std::vector<std::string> arguments = {
      "serve", site(), "--check", "--auth-file", site("users.txt")};
  const Outcome text = otatool(arguments);
  EXPECT_EQ(text.exit_code, 0) << text.error;
  auto with_json = arguments;
  with_json.emplace_back("--json");
  const auto document = nlohmann::json::parse(otatool(with_json).output);
  std::map<std::string, std::string> listed;
  for (const auto& each : document["hidden"]) {
    listed[each["file"]] = each["reason"];
  }
  EXPECT_EQ(listed[".hidden"], "its name begins with a dot");
  for (const auto& [name, reason] : secrets) {
    EXPECT_THAT(listed[name], HasSubstr(reason)) << name;
    EXPECT_THAT(text.output, HasSubstr("hidden: " + name + ": " + listed[name] + "\n"));
  }
  EXPECT_EQ(listed.size(), secrets.size() + 1);
}

TEST_F(ServeHidden, SecretFilesOfTheProjectStayHidden) {
  folder_.write("otatool.toml",
                "[device.attic]\nhost = 'a'\npassword-file = 'site/attic.pw'\n"
                "encryption-key-file = 'site/attic.key'\n");
  folder_.write("site/attic.pw", "attic\n");
  folder_.write("site/attic.key", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n");
  fs::copy_file(site("attic.key"), site("sub/copy.key"));
  ServeProcess server({site()}, std::chrono::seconds(120), "cd " + folder_.path().string());
  EXPECT_EQ(status(server, "attic.pw"), 404U);
  EXPECT_EQ(status(server, "attic.key"), 404U);
  EXPECT_EQ(status(server, "sub/copy.key"), 404U);
}

TEST_F(ServeHidden, AManifestStaysHiddenWhenItIsReplaced) {
  ServeProcess server({site()});
  fs::rename(site("otatool.toml"), site("sub/before"));
  folder_.write(
      "site/next",
      "[device.attic]\nhost = 'a'\npassword-file = 'attic.pw'\n" + std::string(kManifest));
  folder_.write("site/attic.pw", "attic\n");
  EXPECT_EQ(status(server, "attic.pw"), 200U);
  fs::rename(site("next"), site("otatool.toml"));
  EXPECT_EQ(server.next("reload")["ok"], true);
  EXPECT_EQ(status(server, "attic.pw"), 404U);
  EXPECT_EQ(status(server, "sub/before"), 404U);
}

}  // namespace
}  // namespace otatool::test
