#include "otatool/signing/pkcs11_uri.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::signing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string refusal(std::string_view text) {
  const auto uri = parse_pkcs11_uri(text);
  return uri ? "accepted" : uri.error().message();
}

TEST(Pkcs11Uri, ReadsTheAttributesOfTokenKeyAndModule) {
  const Pkcs11Uri uri =
      parse_pkcs11_uri(
          "pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=0a;token=My%20"
          "token;id=%01%ff;object=release;type=private?module-path=/usr/lib/m.so")
          .value();
  EXPECT_EQ(uri.model, "SoftHSM v2");
  EXPECT_EQ(uri.manufacturer, "SoftHSM project");
  EXPECT_EQ(uri.serial, "0a");
  EXPECT_EQ(uri.token, "My token");
  EXPECT_EQ(uri.id, std::string("\x01\xff"));
  EXPECT_EQ(uri.object, "release");
  EXPECT_EQ(uri.module_path, "/usr/lib/m.so");
  EXPECT_EQ(parse_pkcs11_uri("pkcs11:").value(), Pkcs11Uri());
  EXPECT_EQ(parse_pkcs11_uri("pkcs11:object=").value().object, "");
}

TEST(Pkcs11Uri, RefusesWhatItDoesNotUnderstand) {
  EXPECT_THAT(refusal("file:x"), HasSubstr("begins with 'pkcs11:'"));
  EXPECT_THAT(refusal("pkcs11:slot-id=1"),
              HasSubstr("'slot-id' of the PKCS#11 URI is not supported"));
  EXPECT_THAT(refusal("pkcs11:module-path=x"), HasSubstr("not supported"));
  EXPECT_THAT(refusal("pkcs11:?token=x"), HasSubstr("not supported"));
  EXPECT_THAT(refusal("pkcs11:type=cert"), HasSubstr("does not name a key"));
  EXPECT_THAT(refusal("pkcs11:token=a;token=b"), HasSubstr("given twice"));
  for (const std::string_view damaged :
       {"pkcs11:token", "pkcs11:id=%", "pkcs11:id=%0", "pkcs11:id=%0g"}) {
    EXPECT_THAT(refusal(damaged), HasSubstr("is not NAME=VALUE")) << damaged;
  }
}

TEST(Pkcs11Uri, RefusesAPinWithoutShowingIt) {
  for (const std::string_view text : {"pkcs11:token=t?pin-value=4711",
                                      "pkcs11:?module-path=m&pin-value=4711",
                                      "pkcs11:?pin-source=4711",
                                      "pkcs11:pin-value=4711"}) {
    EXPECT_THAT(refusal(text), Not(HasSubstr("4711")));
    EXPECT_THAT(refusal(text), HasSubstr("pin-"));
  }
}

TEST(Pkcs11Uri, WritesAttributesThatItReads) {
  EXPECT_EQ(pkcs11_attribute("id", "\x01z"), "id=%01%7a");
  EXPECT_EQ(pkcs11_attribute("token", "My token;"), "token=My%20token%3b");
  const std::string strange = "a b%;?&=\xc3\xa4";
  EXPECT_EQ(parse_pkcs11_uri("pkcs11:" + pkcs11_attribute("object", strange)).value().object,
            strange);
}

}  // namespace
}  // namespace otatool::signing
