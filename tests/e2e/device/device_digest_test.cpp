// The upload page of a virtual device that requires Digest authentication, like sketches with
// requestAuthentication(DIGEST_AUTH) (espota.md 5.1); curl and push authenticate.
#include "tests/e2e/device/device_http_fixture.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class DeviceDigest : public ::testing::Test {
 protected:
  [[nodiscard]] Outcome push(const std::string& password) const {
    ProgramCall call{.program = OTATOOL_BINARY,
                     .arguments = {"push", path_, device_.url, "--user", "me", "-vv"}};
    call.environment["OTATOOL_PASSWORD"] = password;
    return run(call);
  }

  TemporaryFolder folder_;
  std::string image_ = sketch(70'001);
  std::string path_ = folder_.write("fw.bin", image_);
  std::string file_ = "firmware=@" + path_;
  FormDevice device_{{"--user", "me", "--http-auth", "digest"}, "secret"};
};

TEST_F(DeviceDigest, ChallengesLikeTheStockServerWithANewNonceEachTime) {
  const std::string first = curl({"-i", device_.url});
  EXPECT_THAT(first,
              AllOf(HasSubstr(" 401"),
                    ContainsRegex("WWW-Authenticate: Digest realm=\"Login Required\", "
                                  "qop=\"auth\", nonce=\"[0-9a-f]{32}\", "
                                  "opaque=\"[0-9a-f]{32}\"")));
  EXPECT_NE(curl({"-i", device_.url}), first);
}

TEST_F(DeviceDigest, PushAuthenticates) {
  const Outcome outcome = push("secret");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("Authorization: Digest ..."));
  EXPECT_THAT(outcome.output + outcome.error, Not(HasSubstr("secret")));
  device_.next("end");
  EXPECT_EQ(device_.next("boot").at("md5"), md5_of(image_));
}

TEST_F(DeviceDigest, RefusesAWrongPassword) {
  const Outcome outcome = push("wrong");
  EXPECT_EQ(outcome.exit_code, 4) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("refused the password"));
  EXPECT_EQ(push("secret").exit_code, 0) << "and nothing was written";
}

TEST_F(DeviceDigest, CurlAuthenticatesByDigestAndBasicIsRefused) {
  EXPECT_THAT(curl({"-u", "me:secret", "-F", file_, device_.url}), HasSubstr(" 401"));
  EXPECT_THAT(curl({"--digest", "-u", "me:wrong", "-F", file_, device_.url}), HasSubstr(" 401"));
  EXPECT_THAT(curl({"--digest", "-u", "you:secret", "-F", file_, device_.url}), HasSubstr(" 401"));
  EXPECT_THAT(curl({"--digest", "-u", "me:secret", "-F", file_, device_.url}),
              HasSubstr("Update Success"));
}

}  // namespace
}  // namespace otatool::test
