// HTTPS for the TLS libraries of the chips, with a certificate of --self-signed.
#include <string>

#include "tests/e2e/serve/serve_fixture.hpp"
#include "tests/support/chip_tls.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ServeChipTls : public ServeTest, public ::testing::WithParamInterface<const char*> {
 protected:
  [[nodiscard]] std::vector<std::string> arguments() const {
    return {folder_.write("sketch.bin", esp8266_image()),
            "--self-signed",
            "--host",
            "127.0.0.1",
            "--host",
            "::1",
            "--host",
            "ota.lan",
            "--ca-out",
            folder_ / "ca.pem",
            "--key-type",
            GetParam()};
  }
  static Outcome openssl(std::vector<std::string> arguments) {
    return run({.program = "/usr/bin/openssl", .arguments = std::move(arguments), .input = ""});
  }
};

TEST_P(ServeChipTls, AnAddressIsAccepted) {
  ServeProcess server(arguments());
  const std::string authority = folder_.read("ca.pem");
  for (const char* name : {"127.0.0.1", "ota.lan", "::1"}) {
    BearsslDevice esp8266(authority);
    const ChipTlsReply bearssl = esp8266.get(server.port(), name);
    EXPECT_EQ(bearssl.error, 0) << name;
    EXPECT_EQ(bearssl.status_line, "HTTP/1.0 200 OK") << name;
    const ChipTlsReply mbedtls = mbedtls_get(authority, server.port(), name);
    EXPECT_EQ(mbedtls.error, 0) << name;
    EXPECT_EQ(mbedtls.status_line, "HTTP/1.0 200 OK") << name;
  }
  BearsslDevice esp8266(authority);
  EXPECT_NE(esp8266.get(server.port(), "127.0.0.2").error, 0);
  EXPECT_NE(mbedtls_get(authority, server.port(), "127.0.0.2").error, 0);
}

TEST_P(ServeChipTls, BearsslResumesItsSession) {
  ServeProcess server(arguments());
  BearsslDevice esp8266(folder_.read("ca.pem"));
  EXPECT_FALSE(esp8266.get(server.port(), "127.0.0.1").resumed);
  for (int poll = 0; poll < 3; ++poll) {
    const ChipTlsReply reply = esp8266.get(server.port(), "127.0.0.1");
    EXPECT_EQ(reply.error, 0);
    EXPECT_TRUE(reply.resumed);
    EXPECT_EQ(reply.status_line, "HTTP/1.0 200 OK");
  }
}

TEST_P(ServeChipTls, WeakSuitesNeedTheirOption) {
  const ChipSuites weak = std::string(GetParam()) == "rsa" ? ChipSuites::Basic : ChipSuites::EcCbc;
  {
    ServeProcess server(arguments());
    BearsslDevice old_device(folder_.read("ca.pem"), weak);
    EXPECT_NE(old_device.get(server.port(), "127.0.0.1").error, 0);
    BearsslDevice device(folder_.read("ca.pem"));
    EXPECT_EQ(device.get(server.port(), "127.0.0.1").status_line, "HTTP/1.0 200 OK");
  }
  auto compatible = arguments();
  compatible.emplace_back("--tls-compat");
  ServeProcess server(compatible);
  BearsslDevice old_device(folder_.read("ca.pem"), weak);
  const ChipTlsReply reply = old_device.get(server.port(), "127.0.0.1");
  EXPECT_EQ(reply.error, 0);
  EXPECT_EQ(reply.status_line, "HTTP/1.0 200 OK");
}

TEST_P(ServeChipTls, TheCertificateIsValidFrom1970) {
  ServeProcess server(arguments());
  const Outcome text = openssl({"x509", "-in", folder_ / "ca.pem", "-noout", "-text"});
  EXPECT_THAT(text.output, HasSubstr("Not Before: Jan  1 00:00:00 1970 GMT"));
  EXPECT_THAT(text.output, HasSubstr("DNS:127.0.0.1"));
  EXPECT_THAT(text.output, HasSubstr("IP Address:127.0.0.1"));
  if (std::string(GetParam()) == "rsa") {
    EXPECT_THAT(text.output, HasSubstr("Key Encipherment"));
  } else {
    EXPECT_THAT(text.output, Not(HasSubstr("Key Encipherment")));
  }
}

TEST_P(ServeChipTls, SessionsAreResumedByIdAndUnknownProtocolsAreRefused) {
  ServeProcess server(arguments());
  const std::string address = "127.0.0.1:" + std::to_string(server.port());
  const Outcome again =
      openssl({"s_client", "-connect", address, "-tls1_2", "-no_ticket", "-reconnect"});
  EXPECT_THAT(again.output, HasSubstr("Reused, TLSv1.2"));
  const Outcome alpn = openssl({"s_client", "-connect", address, "-alpn", "h2"});
  EXPECT_THAT(alpn.error + alpn.output, HasSubstr("no application protocol"));
  const Outcome http = openssl({"s_client", "-connect", address, "-alpn", "h2,http/1.1"});
  EXPECT_THAT(http.output, HasSubstr("ALPN protocol: http/1.1"));
}

INSTANTIATE_TEST_SUITE_P(Keys, ServeChipTls, ::testing::Values("ec", "rsa"), [](const auto& test) {
  return std::string(test.param);
});

}  // namespace
}  // namespace otatool::test
