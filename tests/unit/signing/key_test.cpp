#include "otatool/signing/key.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ui.h>

#include "otatool/signing/signed_image.hpp"

#include "tests/golden/signing/test_keys.hpp"

namespace otatool::signing {
namespace {

using namespace otatool::testing;

/// Any attempt of OpenSSL to ask on the terminal would go through its default method.
class NoPrompt {
 public:
  NoPrompt() : method_(UI_create_method("none")) {
    UI_method_set_opener(method_, [](UI*) {
      ADD_FAILURE() << "OpenSSL asks for a passphrase by itself";
      return 0;
    });
    UI_set_default_method(method_);
  }
  NoPrompt(const NoPrompt&) = delete;
  NoPrompt& operator=(const NoPrompt&) = delete;
  ~NoPrompt() {
    UI_set_default_method(nullptr);
    UI_destroy_method(method_);
  }

 private:
  UI_METHOD* method_;
};

std::optional<Secret> passphrase(std::string_view text = kPassphrase) {
  return Secret(std::string(text));
}

Error load_error(Bytes file, const std::optional<Secret>& secret = std::nullopt) {
  const NoPrompt watch;
  const auto key = PublicKey::load(file, secret);
  return key ? Error(Errc::Internal, "the key was read") : key.error();
}

Error load_error(std::string_view name, const std::optional<Secret>& secret = std::nullopt) {
  return load_error(Bytes(key_file(name)), secret);
}

TEST(Key, ReadsEveryFileFormOfOneKeyAsTheSameKey) {
  const NoPrompt watch;
  const Fingerprint expected = PublicKey::load(key_file("rsa-2048.pub.pem")).value().fingerprint();
  for (const char* name : {"rsa-2048.pem",
                           "rsa-2048.pkcs1.pem",
                           "rsa-2048.pkcs1.der",
                           "rsa-2048.pkcs8.der",
                           "rsa-2048.aes.pem",
                           "rsa-2048.aes.der",
                           "rsa-2048.aes.pkcs1.pem"}) {
    const auto key = PrivateKey::load(key_file(name), passphrase());
    ASSERT_TRUE(key) << name << ": " << key.error().message();
    EXPECT_EQ(key->public_half().fingerprint(), expected) << name;
    EXPECT_EQ(PublicKey::load(key_file(name), passphrase()).value().fingerprint(), expected);
  }
  for (const char* name :
       {"rsa-2048.pub.der", "rsa-2048.pub.pkcs1.pem", "rsa-2048.pub.pkcs1.der"}) {
    EXPECT_EQ(PublicKey::load(key_file(name)).value().fingerprint(), expected) << name;
    EXPECT_EQ(PrivateKey::load(key_file(name)).error().code(), Errc::KeyWrongKind) << name;
  }
}

TEST(Key, ReadsEveryFileFormOfAnEcKey) {
  const Fingerprint expected = PublicKey::load(key_file("p256.pub.pem")).value().fingerprint();
  for (const char* name : {"p256.pem", "p256.sec1.pem", "p256.sec1.der"}) {
    EXPECT_EQ(PrivateKey::load(key_file(name)).value().public_half().fingerprint(), expected);
  }
  EXPECT_EQ(PublicKey::load(key_file("p256.compressed.pub.pem")).value().fingerprint(), expected);
  EXPECT_EQ(PublicKey::load(key_file("p384.pem")).value().name(), "EC P-384");
}

TEST(Key, FingerprintIsSha256OfTheSpki) {
  const ScratchFolder scratch;
  const Buffer spki = key_file("rsa-3072.pub.pem");
  write_file(scratch / "key", spki);
  const std::string hash =
      scratch.output_of("openssl pkey -pubin -in key -outform DER | openssl dgst -sha256 -r");
  const PublicKey key = PublicKey::load(spki).value();
  EXPECT_EQ(to_hex(key.fingerprint()), hash.substr(0, 64));
  EXPECT_EQ(key.name(), "RSA-3072");
  EXPECT_EQ(key.signature_size(), 384U);
  EXPECT_EQ(key.pem(), as_text(spki));
}

TEST(Key, IgnoresTextAroundAPemBlock) {
  std::string text = "subject: me\r\n\r\n";
  for (const std::uint8_t byte : key_file("rsa-2048.pub.pem")) {
    text += byte == '\n' ? "\r\n" : std::string(1, static_cast<char>(byte));
  }
  EXPECT_TRUE(PublicKey::load(as_bytes(text + "and more\n")));
}

TEST(Key, FindsThePrivateKeyAfterACertificateOrAPublicKey) {
  for (const char* first : {"certificate.pem", "rsa-2048.pub.pem", "p256.pub.pem"}) {
    const Buffer file = joined(key_file(first), key_file("rsa-2048.pem"));
    const auto key = PrivateKey::load(file);
    ASSERT_TRUE(key) << first << ": " << key.error().message();
    EXPECT_EQ(key->public_half().name(), "RSA-2048");
  }
  const Buffer after_certificate = joined(key_file("certificate.pem"), key_file("p256.pub.pem"));
  EXPECT_EQ(PublicKey::load(after_certificate)->name(), "EC P-256");
  EXPECT_EQ(PrivateKey::load(after_certificate).error().code(), Errc::KeyWrongKind);
}

TEST(Key, ReadsPkcs12Files) {
  const NoPrompt watch;
  const Fingerprint expected = PublicKey::load(key_file("rsa-2048.pub.pem")).value().fingerprint();
  // Without a MAC, with RC2 for the certificates (as older tools write) and with an empty
  // passphrase.
  for (const char* name : {"rsa-2048.p12", "rsa-2048.nomac.p12", "rsa-2048.rc2.p12"}) {
    EXPECT_EQ(load_error(name).code(), Errc::PassphraseNeeded) << name;
    const auto key = PrivateKey::load(key_file(name), passphrase());
    ASSERT_TRUE(key) << name << ": " << key.error().message();
    EXPECT_EQ(key->public_half().fingerprint(), expected) << name;
    EXPECT_EQ(load_error(name, passphrase("wrong")).code(), Errc::KeyUnusable) << name;
  }
  EXPECT_EQ(load_error("rsa-2048.p12", passphrase("wrong")).message(),
            "the passphrase does not open the PKCS#12 file");
  const auto open = PrivateKey::load(key_file("rsa-2048.open.p12"));
  ASSERT_TRUE(open) << open.error().message();
  EXPECT_EQ(open->public_half().fingerprint(), expected);
  EXPECT_EQ(load_error("certificate.p12", passphrase()).message(),
            "the PKCS#12 file has no private key, or protects it by an outdated cipher");
}

TEST(Key, ReadsEcKeysWithExplicitParametersAsNamedOnes) {
  const PublicKey named = PublicKey::load(key_file("p256.pub.pem")).value();
  for (const char* name : {"p256.explicit.pem", "p256.explicit.sec1.pem"}) {
    const auto key = PrivateKey::load(key_file(name));
    ASSERT_TRUE(key) << name << ": " << key.error().message();
    EXPECT_EQ(key->public_half().fingerprint(), named.fingerprint()) << name;
    EXPECT_EQ(key->public_half().pem(), named.pem()) << name;
  }
  const auto key = PublicKey::load(key_file("p256.explicit.pub.pem"));
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_EQ(key->fingerprint(), named.fingerprint());
}

// The length of a signature hides these sizes.
TEST(Key, NamesUnusualRsaSizesExactly) {
  for (const unsigned bits : {1025U, 1536U, 2047U}) {
    const auto key = PrivateKey::load(key_file("rsa-" + std::to_string(bits) + ".pem"));
    ASSERT_TRUE(key) << bits << ": " << key.error().message();
    EXPECT_EQ(key->public_half().bits(), bits);
    EXPECT_EQ(key->public_half().name(), "RSA-" + std::to_string(bits));
  }
}

TEST(Key, AMissingPassphraseIsAnErrorOfItsOwn) {
  for (const char* name : {"rsa-2048.aes.pem", "rsa-2048.aes.der", "rsa-2048.aes.pkcs1.pem"}) {
    EXPECT_EQ(load_error(name).code(), Errc::PassphraseNeeded) << name;
    for (const char* wrong : {"", "wrong", "open sesame "}) {
      const Error error = load_error(name, passphrase(wrong));
      EXPECT_EQ(error.code(), Errc::KeyUnusable) << name;
      EXPECT_EQ(error.message(), "the passphrase does not open the private key") << name;
    }
    EXPECT_EQ(load_error(name, passphrase(std::string(5000, 'x'))).code(), Errc::KeyUnusable);
  }
}

TEST(Key, SaysThatACipherIsOutdated) {
  EXPECT_EQ(load_error("rsa-2048.des.pem", passphrase()).message(),
            "the private key is protected by an outdated cipher");
}

TEST(Key, RefusesWhatIsNoKey) {
  EXPECT_EQ(load_error("certificate.pem").message(), "a certificate, not a key");
  EXPECT_EQ(load_error("certificate.der").message(), "a certificate, not a key");
  EXPECT_EQ(load_error(as_bytes("")).message(), "an empty file, not a key");
  EXPECT_EQ(load_error(as_bytes("hello")).message(), "neither a PEM, DER nor PKCS#12 key");
  EXPECT_EQ(load_error(sample_payload(2000)).message(), "neither a PEM, DER nor PKCS#12 key");
  EXPECT_EQ(load_error(sample_payload(300'000)).message(),
            "a file of 300000 bytes is too long to be a key");
  EXPECT_EQ(load_error(as_bytes("-----BEGIN PUBLIC KEY-----\nAAAA\n")).message(),
            "the PEM block is damaged");
  EXPECT_EQ(load_error(as_bytes("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"))
                .message(),
            "the public key is damaged or of an unknown kind");
  EXPECT_EQ(load_error(as_bytes("-----BEGIN X-----\nAAAA\n-----END X-----\n")).message(),
            "a PEM file with 'X', which is not a key for firmware");
}

TEST(Key, RefusesKeysThatNoDeviceTakes) {
  for (const auto& [name, message] :
       {std::pair("rsa-768.pem", "an RSA key of 768 bits: devices accept 1024 to 4096 bits"),
        std::pair("rsa-4104.pem", "an RSA key of 4104 bits: devices accept 1024 to 4096 bits"),
        std::pair("p521.pem", "an EC key on curve 'secp521r1': devices support P-256 and P-384"),
        std::pair("ed25519.pem", "an ED25519 key: firmware is signed with RSA or EC keys"),
        std::pair("rsa-pss.pem", "an RSA key restricted to PSS: devices read plain RSA keys")}) {
    EXPECT_EQ(load_error(name), Error(Errc::KeyWrongKind, message));
  }
}

TEST(Key, RefusesTrailingBytesInDer) {
  for (const char* name : {"rsa-2048.pkcs1.der", "rsa-2048.pkcs8.der", "rsa-2048.pub.der"}) {
    EXPECT_EQ(load_error(Bytes(joined(key_file(name), as_bytes("\n")))).code(), Errc::KeyUnusable);
  }
}

TEST(Key, EveryTruncationIsRefused) {
  for (const char* name : {"rsa-2048.pub.der", "p256.sec1.der", "rsa-2048.pub.pem"}) {
    const Buffer file = key_file(name);
    // The last byte of a PEM file is a line end that it does not need.
    for (std::size_t size = 0; size + 1 < file.size(); ++size) {
      EXPECT_FALSE(PublicKey::load(Bytes(file).first(size))) << name << " " << size;
    }
  }
}

TEST(Key, KnowsThePublishedExampleKey) {
  // libraries/ESP8266httpUpdate/examples/httpUpdateSigned/public.key of the Arduino core.
  constexpr std::string_view kExample = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1Pt7yEk/xI+6cozLj5B
u4xV8gXDXcHS0rSJFfl4wBTk4UXpaJRaLfR1k0juEEa5LBRZaoA0iLj2e6kfCibO
Nx0VVoWmeqN2HBc3zkA1eqCksI0QUudzto4KhKHp0odiZ2zo6c/2Tn1zqD/m3OLo
SjVTbsJmGuwx8RGMBXozpg/uL0hHflihX+HND4Xfw92QXv7SaPBhgvM9xyRxn0/w
3J2nNjtuPuVN5vcQkd8ncMexVfy9AWp+HSA5AT5N8CJ/EeIsdDMY1US28bUePzj1
WIo75bZHKZNFw/iXe2xoPpm74qriMNSlW2craFP2K3KYnI28vJeUU6t9I6LS9zt2
zQIDAQAB
-----END PUBLIC KEY-----
)";
  const PublicKey key = PublicKey::load(as_bytes(kExample)).value();
  EXPECT_TRUE(key.is_published_example());
  for (const SignatureForm form : {SignatureForm::Esp8266, SignatureForm::Esp32}) {
    const auto usable = check_key(key, form, HashAlgorithm::Sha256);
    ASSERT_FALSE(usable);
    EXPECT_EQ(usable.error().code(), Errc::KeyUnusable);
    EXPECT_THAT(usable.error().message(), ::testing::HasSubstr("example key of the Arduino core"));
  }
  EXPECT_FALSE(PublicKey::load(key_file("rsa-2048.pem")).value().is_published_example());
}

TEST(Key, GeneratesKeysThatOpensslReads) {
  const ScratchFolder scratch;
  const PrivateKey key = PrivateKey::generate(2048).value();
  EXPECT_EQ(key.public_half().name(), "RSA-2048");
  write_file(scratch / "plain", as_bytes(key.pem().reveal()));
  write_file(scratch / "locked", as_bytes(key.pem(passphrase()).reveal()));
  EXPECT_TRUE(scratch.run("openssl rsa -check -noout -in plain"));
  EXPECT_EQ(scratch.output_of("openssl pkey -in plain -pubout"), key.public_half().pem());
  EXPECT_EQ(scratch.output_of("openssl pkey -in locked -passin 'pass:open sesame' -pubout"),
            key.public_half().pem());
  EXPECT_FALSE(scratch.run("openssl pkey -in locked -passin pass:wrong -pubout"));
  EXPECT_THAT(std::string(as_text(read_file(scratch / "locked"))),
              ::testing::StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
  EXPECT_EQ(PrivateKey::load(read_file(scratch / "locked"), passphrase())
                .value()
                .public_half()
                .fingerprint(),
            key.public_half().fingerprint());
}

TEST(Key, GeneratesOnlySizesThatDevicesTake) {
  for (const unsigned bits : {0U, 512U, 1023U, 1025U, 4097U, 4104U, 100'000U}) {
    EXPECT_EQ(PrivateKey::generate(bits).error().code(), Errc::KeyWrongKind) << bits;
  }
  EXPECT_EQ(PrivateKey::generate(1024).value().public_half().bits(), 1024U);
}

}  // namespace
}  // namespace otatool::signing
