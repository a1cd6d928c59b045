#include "otatool/http/form.hpp"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::http {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Form, SuitsStockParsers) {
  const Form form =
      make_form({.raw = false, .parts = {}, .field = "firmware", .file_name = "fw.bin"}, "X");
  EXPECT_EQ(form.content_type, "multipart/form-data; boundary=X");
  EXPECT_EQ(form.head,
            "--X\r\n"
            "Content-Disposition: form-data; name=\"firmware\"; filename=\"fw.bin\"\r\n"
            "Content-Type: application/octet-stream\r\n\r\n");
  EXPECT_EQ(form.tail, "\r\n--X--\r\n");
  EXPECT_EQ(form.size(1000), form.head.size() + 1000 + form.tail.size());
}

TEST(Form, ABoundaryDependsOnItsSeed) {
  std::array<std::uint8_t, kBoundarySeed> seed{};
  seed[0] = 0xA5;
  const std::string boundary = boundary_from(seed);
  EXPECT_THAT(boundary, StartsWith("otatool-a500"));
  EXPECT_LE(boundary.size(), 70U) << "RFC 2046 5.1.1";
  seed[15] = 1;
  EXPECT_NE(boundary_from(seed), boundary);
}

TEST(Form, ABoundaryInsideTheImageIsFound) {
  const std::string boundary = "otatool-1234";
  EXPECT_FALSE(occurs_in(boundary, {}));
  for (const std::size_t at : {0U, 1U, 50U}) {
    std::string image(100, 'o');
    image.replace(at, boundary.size(), boundary);
    EXPECT_TRUE(occurs_in(boundary, as_bytes(image))) << at;
    image[at + 3] = '!';
    EXPECT_FALSE(occurs_in(boundary, as_bytes(image))) << at;
  }
  EXPECT_TRUE(occurs_in(boundary, as_bytes("xx" + boundary)));
  EXPECT_FALSE(occurs_in(boundary, as_bytes("xxotatool-123")));
}

TEST(FormFileName, IsSafeForParsersThatGoByPosition) {
  EXPECT_EQ(form_file_name("/tmp/build/firmware-1.2.bin"), "firmware-1.2.bin");
  EXPECT_EQ(form_file_name("a=\"b\";c \xC3\xA4.bin"), "a__b__c___.bin");
  EXPECT_EQ(form_file_name("x\r\ny.bin"), "x__y.bin");
  EXPECT_EQ(form_file_name("-"), "image.bin");
  EXPECT_EQ(form_file_name("dir/"), "image.bin");
  const std::string long_name = std::string(100, 'a') + ".bin.gz";
  EXPECT_EQ(form_file_name(long_name).size(), 60U);
  EXPECT_THAT(form_file_name(long_name), ::testing::EndsWith("a.bin.gz"));
}

}  // namespace
}  // namespace otatool::http
