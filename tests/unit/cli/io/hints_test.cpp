#include "cli/io/hints.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "cli/device/pull_hints.hpp"
#include "cli/upload/device_hints.hpp"
#include "tests/unit/cli/all_codes.hpp"

namespace otatool::cli {
namespace {

TEST(Hints, EveryCodeExceptInterruptedHasOne) {
  const std::set<Errc> hintless = {Errc::Interrupted};
  for (const Errc code : all_codes()) {
    EXPECT_EQ(hint_for(code).empty(), hintless.contains(code)) << to_string(code);
  }
}

TEST(Hints, HaveTheStyleOfMessages) {
  for (const Errc code : all_codes()) {
    const std::string_view hint = hint_for(code);
    EXPECT_EQ(hint.find('\n'), std::string_view::npos) << hint;
    EXPECT_FALSE(hint.ends_with('.')) << hint;
    EXPECT_FALSE(!hint.empty() && hint[0] >= 'A' && hint[0] <= 'Z') << hint;
    EXPECT_LE(hint.size(), 180U) << hint;
  }
}

TEST(Hints, NameTheVariableOfAMissingSecret) {
  EXPECT_NE(hint_for(Errc::PasswordNeeded).find("OTATOOL_PASSWORD"), std::string_view::npos);
  EXPECT_NE(hint_for(Errc::PassphraseNeeded).find("OTATOOL_KEY_PASSPHRASE"),
            std::string_view::npos);
}

TEST(Hints, ExplainASignatureThatTheDeviceRefuses) {
  const Error esp32(Errc::DeviceReported, "the device reported: Signature Verification Failed");
  EXPECT_NE(upload_hint(esp32, 0).find("another hash"), std::string::npos);
  const Error esp8266(Errc::DeviceReported, "ERROR[12]: Signature verification failed");
  EXPECT_NE(upload_hint(esp8266, 0).find("flash mode"), std::string::npos);
}

TEST(Hints, AReceiverThatPausesNeedsNoReset) {
  for (const char* text : {"the device refused the update: ERROR[36]: Too many wrong passwords",
                           "the device refused the update: ERROR[35]: still on trial"}) {
    const Error pause(Errc::DeviceRefused, text);
    for (const std::string& hint : {upload_hint(pause, 0), espota_hint(pause, 0)}) {
      EXPECT_TRUE(hint.starts_with("wait ")) << hint;
      EXPECT_EQ(hint.find("reset"), std::string::npos) << hint;
    }
  }
}

TEST(Hints, NameTheStoredHashIfSha256IsRequired) {
  const Error refused(Errc::PasswordRefused,
                      "it may store an MD5 hash, which is not sent if SHA-256 is required");
  EXPECT_NE(upload_hint(refused, 0).find("store the SHA-256 hash"), std::string::npos);
  const Error wrong(Errc::PasswordRefused, "the device refused the password");
  EXPECT_EQ(upload_hint(wrong, 0).find("SHA-256"), std::string::npos);
}

TEST(Hints, NameTheSizeOfTheImageOnce) {
  const Error waiting(Errc::NoConnectionBack, "the device did not connect back");
  constexpr std::string_view kPerhaps = "(on ESP32 the image may be larger than its partition)";
  for (const auto& hint_of : {upload_hint, espota_hint}) {
    EXPECT_TRUE(hint_of(waiting, 1'000).ends_with(kPerhaps)) << hint_of(waiting, 1'000);
    const std::string certain = hint_of(waiting, 1'500'000);
    EXPECT_TRUE(certain.starts_with("an ESP32 does not report an image that is too large: 1500000"))
        << certain;
    EXPECT_EQ(certain.find(kPerhaps), std::string::npos) << certain;
  }
}

// espota.md 6, row 4.
TEST(Hints, NameThePortsOfBothChipFamiliesAfterAClosedPort) {
  const Error closed(Errc::PortClosed, "nothing listens");
  for (const std::string& hint : {upload_hint(closed, 0), espota_hint(closed, 0)}) {
    EXPECT_NE(hint.find("an ESP32 listens on port 3232, an ESP8266 on port 8266"),
              std::string::npos)
        << hint;
  }
}

TEST(Hints, OfAPullingDeviceDoNotMentionUploads) {
  for (const Errc code : {Errc::NoAnswer,
                          Errc::PortClosed,
                          Errc::HostUnreachable,
                          Errc::NetworkFailed,
                          Errc::NotFound,
                          Errc::PasswordRefused,
                          Errc::Stalled,
                          Errc::ConnectionReset,
                          Errc::ConnectionClosed,
                          Errc::DeviceRefused}) {
    const std::string hint = pull_hint(Error(code, "Forbidden (403)"));
    for (const char* word : {"sketch", "ArduinoOTA", "--lockstep", "Wi-Fi", "spelling"}) {
      EXPECT_EQ(hint.find(word), std::string::npos) << hint;
    }
  }
  EXPECT_NE(pull_hint(Error(Errc::UntrustedServer, "x")).find("--ca"), std::string::npos);
}

TEST(Hints, NameTheHelpAfterAUsageError) {
  EXPECT_EQ(usage_hint(""), "'otatool help' lists the commands");
  EXPECT_EQ(usage_hint("sign"), "'otatool help sign' shows its options, with examples");
}

}  // namespace
}  // namespace otatool::cli
