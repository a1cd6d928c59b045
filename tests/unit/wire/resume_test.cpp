#include "otatool/wire/resume.hpp"

#include <string>

#include <gtest/gtest.h>

namespace otatool::wire {
namespace {

const std::string kDigest = "0123456789abcdef0123456789abcdef";

bool parses(const std::string& text) {
  Kept kept{};
  return parse_kept(text.data(), text.size(), kept);
}

TEST(WireResume, AnOfferReadsBack) {
  for (const std::uint32_t bytes : {1U, 256U, 4'294'967'295U}) {
    Kept kept{bytes, {}};
    kDigest.copy(kept.md5, kMd5HexLength);
    char buffer[kMaxKeptLength];
    const std::string text(buffer, format_kept(kept, buffer));
    EXPECT_EQ(text, "KEPT " + std::to_string(bytes) + " " + kDigest + "\n");
    Kept again{};
    ASSERT_TRUE(parse_kept(text.data(), text.size(), again));
    EXPECT_EQ(again.bytes, bytes);
    EXPECT_EQ(std::string(again.md5, kMd5HexLength), kDigest);
  }
}

TEST(WireResume, OtherTextsAreNoOffers) {
  EXPECT_TRUE(parses("KEPT 256 " + kDigest));
  for (const std::string& text : {"KEPT 0 " + kDigest,
                                  "KEPT 4294967296 " + kDigest,
                                  "KEPT -256 " + kDigest,
                                  "KEPT  256 " + kDigest,
                                  "KEPT 256 " + kDigest + "0",
                                  "KEPT 256 " + kDigest + " 1",
                                  "KEPT 256 " + kDigest.substr(1),
                                  "KEPT256 " + kDigest,
                                  "kept 256 " + kDigest,
                                  std::string("KEPT 256"),
                                  std::string("KEPT "),
                                  std::string("OK"),
                                  std::string()}) {
    EXPECT_FALSE(parses(text)) << text;
  }
}

TEST(WireResume, TheLineOfTheHost) {
  char buffer[kMaxResumeLength];
  EXPECT_EQ(std::string(buffer, format_resume(4'294'967'295U, buffer)), "RESUME 4294967295\n");
  EXPECT_EQ(std::string(buffer, format_resume(256, buffer)), "RESUME 256\n");
}

}  // namespace
}  // namespace otatool::wire
