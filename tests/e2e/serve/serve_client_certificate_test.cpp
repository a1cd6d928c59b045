// Client certificates: what expires, is revoked or belongs to another authority ends access, also
// for sessions and connections that exist. Certificates and lists are made with `openssl ca`.
#include <array>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "otatool/unix_time.hpp"

#include "tests/e2e/serve/serve_fixture.hpp"
#include "tests/support/certificate.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kRequest = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr const char* kLastRequest = "GET /healthz HTTP/1.0\r\n\r\n";
constexpr const char* kAnswer = "\nok\n";
constexpr std::int64_t kDay = 86400;

class ServeClientCertificate : public ServeTest {
 protected:
  ServeClientCertificate() {
    folder_.write("sketch.bin", esp8266_image());
    make_authority("fleet");
    folder_.write("roots.pem", folder_.read("fleet.pem"));
    make_certificate("fleet", "device", kDay);
  }

  static Outcome openssl(std::vector<std::string> arguments, const std::string& input = "") {
    return run({.program = "/usr/bin/openssl", .arguments = std::move(arguments), .input = input});
  }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_ / name; }

  void make_authority(const std::string& name) const {
    const Outcome outcome =
        openssl_req(file(name + ".key"), file(name + ".pem"), name, {"-x509", "-days", "2"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
    folder_.write(name + ".txt", "");
    folder_.write(name + ".cnf",
                  "[ca]\ndefault_ca = fleet\n[fleet]\ndatabase = " + file(name + ".txt") +
                      "\nnew_certs_dir = " + folder_.path().string() + "\ncertificate = " +
                      file(name + ".pem") + "\nprivate_key = " + file(name + ".key") +
                      "\ndefault_md = sha256\npolicy = names\ndefault_crl_days = 2\n"
                      "rand_serial = yes\nunique_subject = no\n[names]\ncommonName = supplied\n");
  }
  void run_authority(const std::string& authority, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"ca", "-batch", "-config", file(authority + ".cnf")});
    const Outcome outcome = openssl(std::move(arguments));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  }
  void make_certificate(const std::string& authority,
                        const std::string& name,
                        std::int64_t seconds) const {
    ASSERT_EQ(openssl_req(file(name + ".key"), file(name + ".csr"), name, {}).exit_code, 0);
    const auto end = static_cast<std::time_t>(unix_time() + seconds);
    std::tm calendar{};
    std::array<char, 20> text{};
    std::strftime(text.data(), text.size(), "%Y%m%d%H%M%SZ", gmtime_r(&end, &calendar));
    run_authority(authority,
                  {"-notext",
                   "-in",
                   file(name + ".csr"),
                   "-out",
                   file(name + ".pem"),
                   "-enddate",
                   text.data()});
  }
  void write_revocations(const std::string& authority, const std::string& list) const {
    run_authority(authority, {"-gencrl", "-out", file(list)});
  }

  [[nodiscard]] std::vector<std::string> server_arguments() const {
    return {file("sketch.bin"),
            "--self-signed",
            "--ca-out",
            file("ca_cert.pem"),
            "--client-ca",
            file("roots.pem")};
  }
  [[nodiscard]] static std::vector<std::string> client_arguments(
      const ServeProcess& server, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {
        "s_client", "-quiet", "-ign_eof", "-connect", "127.0.0.1:" + std::to_string(server.port())};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  [[nodiscard]] std::vector<std::string> as(const std::string& name) const {
    return {"-cert", file(name + ".pem"), "-key", file(name + ".key")};
  }
  /// Whether a client with these options gets an answer on a new connection.
  [[nodiscard]] static bool is_served(const ServeProcess& server,
                                      const std::vector<std::string>& options) {
    const Outcome outcome = openssl(client_arguments(server, options), kLastRequest);
    return outcome.output.find(kAnswer) != std::string::npos;
  }

  /// A connection of the client `name` that got one answer and stays open.
  [[nodiscard]] std::unique_ptr<Process> connect(const ServeProcess& server,
                                                 const std::string& name) const {
    auto client = std::make_unique<Process>(ProgramCall{
        .program = "/usr/bin/openssl", .arguments = client_arguments(server, as(name))});
    client->write_input(kRequest);
    return client->wait_for_output(kAnswer) ? std::move(client) : nullptr;
  }
  /// The client asks again: the connection must end without a second answer.
  static void expect_end(Process& client) {
    client.write_input(kLastRequest);
    const std::string output = client.wait().output;
    EXPECT_EQ(output.find(kAnswer), output.rfind(kAnswer)) << output;
  }
};

TEST_F(ServeClientCertificate, ASessionIsNotResumed) {
  ServeProcess server(server_arguments());
  for (const char* version : {"-tls1_2", "-tls1_3"}) {
    const std::string session = file("session.pem");
    auto first = as("device");
    first.insert(first.end(), {version, "-sess_out", session});
    ASSERT_TRUE(is_served(server, first));
    // A session without a certificate would get in.
    EXPECT_FALSE(is_served(server, {version, "-sess_in", session}));
  }
}

TEST_F(ServeClientCertificate, AnExpiredCertificateEndsSessionsAndConnections) {
  ServeProcess server(server_arguments());
  std::unique_ptr<Process> connection;
  const std::string session = file("session.pem");
  // On a slow machine a short-lived certificate expires before its first use: make a longer one.
  for (std::int64_t seconds = 3; !connection && seconds < 100; seconds *= 2) {
    make_certificate("fleet", "guest", seconds);
    auto first = as("guest");
    first.insert(first.end(), {"-sess_out", session});
    connection = is_served(server, first) ? connect(server, "guest") : nullptr;
  }
  ASSERT_TRUE(connection);
  while (is_served(server, as("guest"))) {
    server.next_request();  // its output must not fill the pipe
  }
  EXPECT_FALSE(is_served(server, {"-sess_in", session}));
  expect_end(*connection);
  EXPECT_TRUE(is_served(server, as("device")));
}

TEST_F(ServeClientCertificate, SighupReloadsTheAuthorities) {
  make_authority("other");
  make_certificate("other", "stranger", kDay);
  ServeProcess server(server_arguments());
  const auto connection = connect(server, "device");
  ASSERT_TRUE(connection);
  EXPECT_FALSE(is_served(server, as("stranger")));

  folder_.write("roots.pem", folder_.read("other.pem"));
  server.process().send_signal(SIGHUP);
  ASSERT_TRUE(server.process().wait_for_error("reloaded the certificates"));
  EXPECT_TRUE(is_served(server, as("stranger")));
  EXPECT_FALSE(is_served(server, as("device")));
  expect_end(*connection);

  folder_.write("roots.pem", "nothing\n");
  server.process().send_signal(SIGHUP);
  ASSERT_TRUE(server.process().wait_for_error("certificates rejected, still using the previous"));
  EXPECT_TRUE(is_served(server, as("stranger")));
  EXPECT_FALSE(is_served(server, {}));
}

TEST_F(ServeClientCertificate, ARevokedCertificateIsRefused) {
  make_certificate("fleet", "lost", kDay);
  write_revocations("fleet", "revoked.pem");
  auto arguments = server_arguments();
  arguments.insert(arguments.end(), {"--crl", file("revoked.pem")});
  ServeProcess server(arguments);
  EXPECT_TRUE(is_served(server, as("lost")));
  run_authority("fleet", {"-revoke", file("lost.pem")});
  write_revocations("fleet", "revoked.pem");
  server.process().send_signal(SIGHUP);
  ASSERT_TRUE(server.process().wait_for_error("reloaded the certificates"));
  EXPECT_FALSE(is_served(server, as("lost")));
  EXPECT_TRUE(is_served(server, as("device")));
}

TEST_F(ServeClientCertificate, UnusableRevocationListsAreRefusedAtTheStart) {
  const auto serve = [&](const std::string& list) {
    auto arguments = server_arguments();
    arguments.insert(arguments.begin(), {"serve", "--crl", file(list)});
    return otatool(arguments);
  };
  EXPECT_EQ(serve("missing.pem").exit_code, 7);
  EXPECT_EQ(serve("roots.pem").exit_code, 8);
  run_authority("fleet",
                {"-gencrl",
                 "-crl_lastupdate",
                 "20200101000000Z",
                 "-crl_nextupdate",
                 "20200102000000Z",
                 "-out",
                 file("old.pem")});
  const Outcome old = serve("old.pem");
  EXPECT_EQ(old.exit_code, 8);
  EXPECT_THAT(old.error, HasSubstr("has expired"));
  const Outcome alone = otatool({"serve", file("sketch.bin"), "--crl", file("old.pem")});
  EXPECT_EQ(alone.exit_code, 2);
  EXPECT_THAT(alone.error, HasSubstr("--crl requires --client-ca"));
}

}  // namespace
}  // namespace otatool::test
