#include "otatool/http/certificate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::http {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::int64_t kStart = 1'700'000'000;
constexpr std::int64_t kEnd = 2'000'000'000;

Result<TlsIdentity> make(std::vector<std::string> hosts, CertificateKey key = CertificateKey::Ec) {
  return make_self_signed(
      {.hosts = std::move(hosts), .key = key, .not_before = kStart, .not_after = kEnd});
}

TEST(Certificate, CoversItsHostsOnly) {
  for (const CertificateKey key : {CertificateKey::Ec, CertificateKey::Rsa}) {
    const auto identity = make({"ota.lan", "192.0.2.5", "2001:db8::5"}, key);
    ASSERT_TRUE(identity);
    const std::string& pem = identity->certificates;
    EXPECT_THAT(pem, StartsWith("-----BEGIN CERTIFICATE-----"));
    EXPECT_THAT(std::string(identity->private_key.reveal()), HasSubstr("PRIVATE KEY-----"));
    for (const char* host : {"ota.lan", "OTA.lan", "192.0.2.5", "2001:db8::5"}) {
      EXPECT_TRUE(certificate_covers(pem, host)) << host;
    }
    for (const char* host : {"lan", "x.ota.lan", "192.0.2.6", ""}) {
      EXPECT_FALSE(certificate_covers(pem, host)) << host;
    }
    EXPECT_EQ(*certificate_end(pem), kEnd);
    EXPECT_EQ(certificate_fingerprint(pem)->size(), 32U * 3 - 1);
  }
}

TEST(Certificate, InvalidHostsAreRefused) {
  for (const char* host :
       {"", "a b", "a,DNS:evil", "x\ny", ".lan", "http://a", "999.1.1.1", "::", "0.0.0.0"}) {
    const auto identity = make({"ota.lan", host});
    ASSERT_FALSE(identity) << host;
    EXPECT_EQ(identity.error().code(), Errc::Usage);
  }
  EXPECT_TRUE(make({std::string(100, 'a') + ".lan"}));
}

TEST(Certificate, OtherTextIsNoCertificate) {
  for (const char* text :
       {"", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    EXPECT_FALSE(certificate_covers(text, "ota.lan"));
    EXPECT_FALSE(certificate_end(text));
    EXPECT_EQ(certificate_fingerprint(text).error().code(), Errc::KeyUnusable);
  }
}

}  // namespace
}  // namespace otatool::http
