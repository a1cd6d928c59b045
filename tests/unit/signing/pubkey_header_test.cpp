#include "otatool/signing/pubkey_header.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/golden/signing/test_keys.hpp"

namespace otatool::signing {
namespace {

using namespace otatool::testing;

/// The bytes of the array, as a C compiler reads them.
std::string array_of(const std::string& header) {
  std::string bytes;
  for (std::size_t at = header.find("0x"); at != std::string::npos;
       at = header.find("0x", at + 1)) {
    bytes.push_back(static_cast<char>(std::stoi(header.substr(at + 2, 2), nullptr, 16)));
  }
  return bytes;
}

TEST(PubkeyHeader, HoldsThePemAndItsTerminator) {
  const PublicKey key = PublicKey::load(key_file("rsa-2048.pub.pem")).value();
  const std::string header = pubkey_header(key).value();
  EXPECT_TRUE(
      header.starts_with("#include <pgmspace.h>\n#define ARDUINO_SIGNING 1\n"
                         "static const char signing_pubkey[] PROGMEM = {\n0x2d, \n"));
  EXPECT_TRUE(header.ends_with("0x0a, \n0x00\n};\n"));
  const Buffer file = key_file("rsa-2048.pub.pem");
  EXPECT_EQ(array_of(header), std::string(as_text(file)) + '\0');
}

TEST(PubkeyHeader, NeverContainsThePrivateHalf) {
  const PublicKey from_private = PublicKey::load(key_file("rsa-2048.pem")).value();
  const PublicKey from_public = PublicKey::load(key_file("rsa-2048.pub.der")).value();
  EXPECT_EQ(pubkey_header(from_private).value(), pubkey_header(from_public).value());
  EXPECT_EQ(array_of(pubkey_header(from_private).value()).find("PRIVATE"), std::string::npos);
}

TEST(PubkeyHeader, RefusesEc) {
  const PublicKey key = PublicKey::load(key_file("p256.pub.pem")).value();
  EXPECT_EQ(pubkey_header(key).error().code(), Errc::KeyWrongKind);
}

TEST(PubkeyHeader, SwitchesSigningOffWithoutAKey) {
  EXPECT_EQ(pubkey_header_without_key(), "#define ARDUINO_SIGNING 0\n");
}

}  // namespace
}  // namespace otatool::signing
