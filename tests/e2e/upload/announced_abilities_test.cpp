// What an upload makes of what devices announce: packages, signatures, space.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/discovery_fixture.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(UploadDiscovery, PacksForADeviceThatAnnouncesGzip) {
  const auto kitchen = device({"--name", "kitchen"});
  const Outcome outcome = upload({"app.bin", "127.0.0.1:" + kitchen->port});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("packed " + std::to_string(image_size())));
  EXPECT_LT(kitchen->next("invitation").at("bytes").get<std::size_t>(), image_size());
  EXPECT_EQ(kitchen->next("boot").at("bytes"), image_size());
}

TEST_F(UploadDiscovery, DoesNotPackUnlessThisDeviceAnnouncesGzip) {
  const auto silent = device({"--no-announce"});
  EXPECT_EQ(upload({"app.bin", "127.0.0.1:" + silent->port}).exit_code, 0);
  EXPECT_EQ(silent->next("invitation").at("bytes"), image_size());

  const auto other = device({"--name", "other"});
  const auto target = device({"--no-announce"});
  EXPECT_EQ(upload({"app.bin", "127.0.0.1:" + target->port}).exit_code, 0);
  EXPECT_EQ(target->next("invitation").at("bytes"), image_size());

  EXPECT_EQ(upload({"app.bin", "other", "--gzip", "never"}).exit_code, 0);
  EXPECT_EQ(other->next("invitation").at("bytes"), image_size());
}

TEST_F(UploadDiscovery, SendsSignedPackagesOnlyToDevicesThatAnnounceVerification) {
  const auto plain = device({"--name", "plain"});
  const Outcome refused = upload({"app.bin", "plain", "--gzip", "always", "--sign", "private.key"});
  EXPECT_EQ(refused.exit_code, 7);
  EXPECT_THAT(refused.error, HasSubstr("--assume-verifier"));

  const auto careful =
      device({"--name", "careful", "--bind", "127.0.0.2", "--pubkey", "public.key"});
  const Outcome taken = upload(
      {"app.bin", "127.0.0.2:" + careful->port, "--gzip", "always", "--sign", "private.key"});
  EXPECT_EQ(taken.exit_code, 0) << taken.error;
  EXPECT_EQ(careful->process.wait().exit_code, 0);
}

TEST_F(UploadDiscovery, RefusesASignatureByAKeyOtherThanTheDevices) {
  ASSERT_EQ(folder_.otatool({"keygen", "-o", "other.key", "--pubkey", "other.pub"}).exit_code, 0);
  const auto careful = device({"--name", "careful", "--pubkey", "public.key"});
  for (const std::string& whom : {std::string("careful"), "127.0.0.1:" + careful->port}) {
    const Outcome wrong = upload({"app.bin", whom, "--sign", "other.key"});
    EXPECT_EQ(wrong.exit_code, 8);
    EXPECT_THAT(wrong.error, HasSubstr("verifies with key "));
    EXPECT_THAT(wrong.error, HasSubstr("otatool: hint: sign the image with the key"));
    EXPECT_THAT(wrong.error, Not(HasSubstr("inviting")));
  }
  const Outcome forced =
      upload({"app.bin", "careful", "--sign", "other.key", "--force", "signature"});
  EXPECT_EQ(forced.exit_code, 6) << forced.error;
  const auto other = device({"--name", "other", "--pubkey", "public.key"});
  const Outcome right = upload({"app.bin", "other", "--sign", "private.key"});
  EXPECT_EQ(right.exit_code, 0) << right.error;
}

TEST_F(UploadDiscovery, RecognisesTheKeyThatASignedImageContains) {
  ASSERT_EQ(folder_.otatool({"keygen", "-o", "other.key", "--pubkey", "other.pub"}).exit_code, 0);
  folder_.write("own.bin", sketch(folder_.read("other.pub")));
  ASSERT_EQ(folder_.otatool({"sign", "own.bin", "--key", "other.key"}).exit_code, 0);
  const auto careful = device({"--name", "careful", "--pubkey", "public.key"});
  const Outcome outcome = upload({"own.bin.signed", "careful"});
  EXPECT_EQ(outcome.exit_code, 8);
  EXPECT_THAT(outcome.error, HasSubstr("'careful' verifies with key "));
}

TEST_F(UploadDiscovery, RefusesBeforeSendingWhatTheDeviceWouldRefuse) {
  const auto careful = device({"--name", "careful", "--pubkey", "public.key"});
  const Outcome unsigned_image = upload({"app.bin", "careful"});
  EXPECT_EQ(unsigned_image.exit_code, 8);
  EXPECT_THAT(unsigned_image.error, HasSubstr("'careful' accepts only signed images"));

  const auto small = device({"--name", "small", "--bind", "127.0.0.2", "--size", "512K"});
  support::ArduinoSpec large;
  large.code_size = 480'000;
  folder_.write("large.bin", support::arduino_image(large));
  const Outcome too_large = upload({"large.bin", "small", "--gzip", "never"});
  EXPECT_EQ(too_large.exit_code, 7);
  EXPECT_THAT(too_large.error, HasSubstr("'small' has space for"));
  EXPECT_EQ(upload({"app.bin", "nosuch", "careful", "--dry-run"}).exit_code, 8);
}

}  // namespace
}  // namespace otatool::test
