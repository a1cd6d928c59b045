// HTTPS: the certificate that otatool makes, protocol versions and client certificates, checked
// with curl and openssl.
#include <filesystem>
#include <string>
#include <sys/stat.h>

#include "tests/e2e/serve/serve_fixture.hpp"
#include "tests/support/certificate.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ServeTls : public ServeTest {
 protected:
  ServeTls() { folder_.write("sketch.bin", image_); }

  static Outcome openssl(std::vector<std::string> arguments, std::string input = "") {
    return run({.program = "/usr/bin/openssl",
                .arguments = std::move(arguments),
                .input = std::move(input)});
  }
  [[nodiscard]] std::string file(const char* name) const { return folder_ / name; }

  /// Makes a certificate authority and a client certificate signed by it.
  void make_client_certificate() const {
    ASSERT_EQ(
        openssl_req(file("ca.key"), file("ca.pem"), "fleet", {"-x509", "-days", "2"}).exit_code, 0);
    ASSERT_EQ(openssl_req(file("client.key"), file("client.csr"), "device", {}).exit_code, 0);
    ASSERT_EQ(openssl({"x509",
                       "-req",
                       "-in",
                       file("client.csr"),
                       "-CA",
                       file("ca.pem"),
                       "-CAkey",
                       file("ca.key"),
                       "-CAcreateserial",
                       "-out",
                       file("client.pem"),
                       "-days",
                       "2"})
                  .exit_code,
              0);
  }

  const std::string image_ = esp8266_image("", 300'000);
};

TEST_F(ServeTls, TheSelfSignedCertificateIsValidForNameAndAddress) {
  for (const char* type : {"ec", "rsa"}) {
    const std::string ca = file(type) + ".pem";
    ServeProcess server({file("sketch.bin"),
                         "--self-signed",
                         "--host",
                         "localhost",
                         "--host",
                         "127.0.0.1",
                         "--ca-out",
                         ca,
                         "--key-type",
                         type});
    EXPECT_EQ(server.url(), "https://localhost:" + std::to_string(server.port()));
    for (const char* host : {"localhost", "127.0.0.1"}) {
      const std::string url = "https://" + std::string(host) + ":" + std::to_string(server.port());
      const Outcome outcome = curl({"--fail", "--cacert", ca, "-o", file("copy.bin"), url + "/"});
      EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
      EXPECT_EQ(folder_.read("copy.bin"), image_);
    }
    struct stat status {};
    ASSERT_EQ(stat((file(type) + ".key").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    const Outcome text = openssl({"x509",
                                  "-in",
                                  ca,
                                  "-noout",
                                  "-subject",
                                  "-fingerprint",
                                  "-sha256",
                                  "-ext",
                                  "subjectAltName,basicConstraints"});
    EXPECT_THAT(text.output, HasSubstr("CN = localhost"));
    EXPECT_THAT(text.output, HasSubstr("DNS:localhost, IP Address:127.0.0.1"));
    EXPECT_THAT(text.output, HasSubstr("CA:TRUE"));
    EXPECT_THAT(text.output, HasSubstr(std::string(server.listening()["certificate_sha256"])));
  }
}

TEST_F(ServeTls, TheSelfSignedCertificateIsReusedAndNotOverwritten) {
  const std::vector<std::string> arguments = {
      file("sketch.bin"), "--self-signed", "--host", "ota.lan", "--ca-out", file("ca_cert.pem")};
  std::string first;
  for (int start = 0; start < 2; ++start) {
    ServeProcess server(arguments);
    const std::string fingerprint = server.listening()["certificate_sha256"];
    EXPECT_TRUE(start == 0 || fingerprint == first);
    first = fingerprint;
  }
  const Outcome other = otatool({"serve",
                                 file("sketch.bin"),
                                 "--self-signed",
                                 "--host",
                                 "other.lan",
                                 "--ca-out",
                                 file("ca_cert.pem")});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.error, HasSubstr("not for 'other.lan'"));
  EXPECT_THAT(other.error, HasSubstr("--renew"));
  ServeProcess renewed({file("sketch.bin"),
                        "--self-signed",
                        "--host",
                        "other.lan",
                        "--ca-out",
                        file("ca_cert.pem"),
                        "--renew"});
  EXPECT_NE(renewed.listening()["certificate_sha256"], first);
}

TEST_F(ServeTls, AcceptsTls12And13AndNoOlderVersion) {
  ServeProcess server({file("sketch.bin"),
                       "--self-signed",
                       "--host",
                       "localhost",
                       "--ca-out",
                       file("ca_cert.pem")});
  const std::string address = "127.0.0.1:" + std::to_string(server.port());
  const auto client = [&](const char* version) {
    // OpenSSL itself offers TLS 1.1 only at security level 0.
    return openssl({"s_client",
                    "-cipher",
                    "DEFAULT:@SECLEVEL=0",
                    "-connect",
                    address,
                    "-CAfile",
                    file("ca_cert.pem"),
                    "-servername",
                    "localhost",
                    "-verify_hostname",
                    "localhost",
                    "-verify_return_error",
                    "-ign_eof",
                    version},
                   "GET /healthz HTTP/1.0\r\n\r\n");
  };
  const Outcome tls12 = client("-tls1_2");
  EXPECT_THAT(tls12.output, HasSubstr("Verify return code: 0 (ok)"));
  EXPECT_THAT(tls12.output, HasSubstr("TLSv1.2"));
  EXPECT_THAT(tls12.output, HasSubstr("HTTP/1.0 200 OK"));
  const Outcome tls13 = client("-tls1_3");
  EXPECT_THAT(tls13.output, HasSubstr("TLSv1.3"));
  EXPECT_THAT(tls13.output, HasSubstr("HTTP/1.0 200 OK"));
  const Outcome tls11 = client("-tls1_1");
  EXPECT_NE(tls11.exit_code, 0);
  EXPECT_THAT(tls11.error, HasSubstr("alert protocol version"));
  EXPECT_THAT(tls11.output, Not(HasSubstr("HTTP/1.0 200 OK")));
}

TEST_F(ServeTls, MutualTlsAdmitsOnlyClientsWithACertificate) {
  make_client_certificate();
  ServeProcess server({file("sketch.bin"),
                       "--self-signed",
                       "--host",
                       "localhost",
                       "--ca-out",
                       file("ca_cert.pem"),
                       "--client-ca",
                       file("ca.pem")});
  const std::string url = server.url() + "/";
  EXPECT_NE(curl({"--cacert", file("ca_cert.pem"), "-o", file("copy.bin"), url}).exit_code, 0);
  const Outcome known = curl({"--fail",
                              "--cacert",
                              file("ca_cert.pem"),
                              "--cert",
                              file("client.pem"),
                              "--key",
                              file("client.key"),
                              "-o",
                              file("copy.bin"),
                              url});
  EXPECT_EQ(known.exit_code, 0) << known.error;
  EXPECT_EQ(folder_.read("copy.bin"), image_);
}

TEST_F(ServeTls, ServesTheCertificateOfTheUser) {
  ASSERT_EQ(openssl_req(file("own.key"),
                        file("own.pem"),
                        "localhost",
                        {"-x509", "-days", "2", "-addext", "subjectAltName=DNS:localhost"})
                .exit_code,
            0);
  ServeProcess server({file("sketch.bin"), "--cert", file("own.pem"), "--key", file("own.key")});
  const std::string url = "https://localhost:" + std::to_string(server.port()) + "/healthz";
  EXPECT_EQ(curl({"--cacert", file("own.pem"), url}).output, "ok\n");
}

TEST_F(ServeTls, KeysAndCertificatesThatDoNotMatchAreRefused) {
  folder_.write("empty.pem", "nothing\n");
  make_client_certificate();
  const auto serve = [&](const char* certificate, const char* key) {
    return otatool({"serve", file("sketch.bin"), "--cert", file(certificate), "--key", file(key)});
  };
  EXPECT_EQ(serve("empty.pem", "ca.key").exit_code, 8);
  EXPECT_EQ(serve("client.pem", "ca.key").exit_code, 8);
  EXPECT_EQ(serve("client.pem", "empty.pem").exit_code, 8);
  EXPECT_EQ(serve("none.pem", "ca.key").exit_code, 7);
  EXPECT_EQ(otatool({"serve", file("sketch.bin"), "--cert", file("ca.pem")}).exit_code, 2);
  EXPECT_EQ(otatool({"serve", file("sketch.bin"), "--key", file("ca.key")}).exit_code, 2);
  EXPECT_EQ(otatool({"serve", file("sketch.bin"), "--host", "x"}).exit_code, 2);
  EXPECT_EQ(otatool({"serve", file("sketch.bin"), "--self-signed", "--host", "a b"}).exit_code, 2);
  EXPECT_EQ(otatool({"serve", file("sketch.bin"), "--ca-out", file("new.pem")}).exit_code, 2);
  EXPECT_EQ(otatool({"serve", file("sketch.bin"), "--self-signed", "--key-type", "dsa"}).exit_code,
            2);
  EXPECT_EQ(otatool({"serve", file("sketch.bin"), "--client-ca", file("ca.pem")}).exit_code, 2);
}

TEST_F(ServeTls, RefusesACertificateInPlaceOfAKey) {
  const Outcome outcome =
      otatool({"serve", file("sketch.bin"), "--self-signed", "--ca-out", file("own.key")});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.error, HasSubstr("own.key' is the path of the private key"));
  EXPECT_FALSE(std::filesystem::exists(file("own.key")));
}

TEST_F(ServeTls, PipelinedRequestsAreEachRecordedOnce) {
  ServeProcess server({file("sketch.bin"), "--self-signed", "--ca-out", file("ca_cert.pem")});
  const std::string request = "GET /sketch.bin HTTP/1.1\r\nHost: x\r\n\r\n";
  openssl({"s_client", "-connect", "127.0.0.1:" + std::to_string(server.port()), "-ign_eof"},
          request + request + "GET /healthz HTTP/1.0\r\n\r\n");
  int downloads = 0;
  for (int i = 0; i < 3; ++i) {
    const auto event = server.next_request();
    downloads += event["path"] == "/sketch.bin" ? 1 : 0;
    EXPECT_EQ(event["complete"], true);
  }
  EXPECT_EQ(downloads, 2);
}

TEST_F(ServeTls, SigtermDoesNotWaitForUnfinishedHandshakes) {
  ServeProcess server({file("sketch.bin"),
                       "--self-signed",
                       "--host",
                       "localhost",
                       "--ca-out",
                       file("ca_cert.pem"),
                       "--grace",
                       "1000",
                       "--head-timeout",
                       "1000"});
  const HttpClient silent(server.port());
  ASSERT_EQ(curl({"--cacert", file("ca_cert.pem"), server.url() + "/healthz"}).output, "ok\n");
  // A server that waited for the grace or the handshake would be killed by its timeout.
  EXPECT_EQ(server.stop().exit_code, 0);
}

TEST_F(ServeTls, APlainHttpClientDoesNotDisturbOthers) {
  ServeProcess server({file("sketch.bin"),
                       "--self-signed",
                       "--host",
                       "localhost",
                       "--ca-out",
                       file("ca_cert.pem")});
  HttpClient plain(server.port());
  plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(plain.is_closed() || !plain.read_reply());
  EXPECT_EQ(curl({"--cacert", file("ca_cert.pem"), server.url() + "/healthz"}).output, "ok\n");
}

}  // namespace
}  // namespace otatool::test
