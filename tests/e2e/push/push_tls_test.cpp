// Pushing over https: the certificate is checked, and the form works as over http.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/push/push_fixture.hpp"
#include "tests/support/certificate.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;

class PushTls : public PushCommand {
 protected:
  void make_certificate(const std::string& subject_name) {
    const Outcome made =
        openssl_req(key_,
                    certificate_,
                    "device",
                    {"-x509", "-days", "2", "-addext", "subjectAltName=" + subject_name});
    ASSERT_EQ(made.exit_code, 0) << made.error;
  }
  /// Starts a TLS proxy in front of the form; returns its port.
  std::string start_front(const FormProgram& form) {
    front_.emplace(
        ProgramCall{.program = PYTHON, .arguments = {TLS_FRONT, certificate_, key_, form.port()}});
    const std::string line = front_->read_line().value_or("");
    EXPECT_TRUE(line.starts_with("https ")) << front_->wait().error;
    return line.substr(6);
  }
  [[nodiscard]] Outcome push_to(const std::string& port,
                                std::vector<std::string> options,
                                std::string_view password = {}) const {
    options.insert(options.begin(), {"https://127.0.0.1:" + port, "--retries", "0"});
    return run(push_call(options, password));
  }

  std::string key_ = folder_.path().string() + "/key.pem";
  std::string certificate_ = folder_.path().string() + "/ca_cert.pem";
  std::optional<Process> front_;
};

TEST_F(PushTls, TrustsTheGivenCertificateForItsName) {
  make_certificate("IP:127.0.0.1");
  FormProgram form({"esp8266", "user=admin", "password=secret"});
  const std::string port = start_front(form);
  const Outcome outcome = push_to(port, {"--ca", certificate_}, "secret");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(form.post(), HasSubstr(whole_image()));
}

TEST_F(PushTls, RefusesAnUnknownCertificate) {
  make_certificate("IP:127.0.0.1");
  FormProgram form({"esp8266"});
  const std::string port = start_front(form);
  const Outcome refused = push_to(port, {});
  EXPECT_EQ(refused.exit_code, 5);
  EXPECT_THAT(refused.error, HasSubstr("its certificate is not trusted: self-signed certificate"));
  EXPECT_THAT(refused.error, HasSubstr("--ca FILE"));
  const Outcome insecure = push_to(port, {"--insecure"});
  EXPECT_EQ(insecure.exit_code, 0) << insecure.error;
}

TEST_F(PushTls, RefusesACertificateForAnotherName) {
  make_certificate("DNS:elsewhere.lan");
  FormProgram form({"esp8266"});
  const Outcome outcome = push_to(start_front(form), {"--ca", certificate_});
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_THAT(outcome.error, HasSubstr("not valid for '127.0.0.1'"));
}

TEST_F(PushTls, ReportsHttpToAnHttpsPortAndTheReverse) {
  make_certificate("IP:127.0.0.1");
  FormProgram form({"esp8266"});
  const Outcome plain = push_to(form.port(), {"--insecure", "--timeout", "2"});
  EXPECT_EQ(plain.exit_code, 5) << plain.error;
  const std::string port = start_front(form);
  const Outcome tls = run(push_call({"http://127.0.0.1:" + port, "--retries", "0"}));
  EXPECT_EQ(tls.exit_code, 5) << tls.error;
}

}  // namespace
}  // namespace otatool::test
