// Signed and packed images from `otatool sign` and `otatool gzip`, sent by `otatool upload` to
// `otatool device`: what the device boots, and what it refuses when --force sends it.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/bytes.hpp"
#include "otatool/espota/digest.hpp"

#include "tests/e2e/signing/signing_commands.hpp"
#include "tests/golden/signing/test_keys.hpp"
#include "tests/support/process.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Arguments = std::vector<std::string>;

std::string md5_of(const std::string& bytes) {
  return espota::md5_hex(as_bytes(bytes));
}

class DeviceImages : public ::testing::Test {
 protected:
  struct Ended {
    Outcome upload;
    int device_exit = -1;
    nlohmann::json last = nlohmann::json::object();  ///< the event `boot` or `error`
  };

  /// Uploads one file to a device that ends afterwards.
  Ended update(const std::string& file,
               const Arguments& device_arguments,
               const Arguments& upload_arguments = {}) {
    Arguments arguments = {"device", "--port", "0", "--no-announce", "--once", "--json"};
    arguments.insert(arguments.end(), device_arguments.begin(), device_arguments.end());
    Process device(folder_.call(arguments));
    const auto listening = nlohmann::json::parse(device.read_line().value_or("{}"));
    arguments = {"upload",
                 file,
                 "127.0.0.1:" + std::to_string(listening.value("udp", 1)),
                 "--chip",
                 "esp8266",
                 "--retries",
                 "0"};
    arguments.insert(arguments.end(), upload_arguments.begin(), upload_arguments.end());
    Ended ended;
    ended.upload = folder_.otatool(arguments);
    if (ended.upload.exit_code == 7 || ended.upload.exit_code == 8) {
      ADD_FAILURE() << "not sent: " << ended.upload.error;
      return ended;
    }
    bool updated = false;
    while (const auto line = device.read_line()) {
      auto event = nlohmann::json::parse(*line);
      // A failed command ends with its error event.
      const std::string name = event.value("event", "");
      updated = updated || name == "end";
      // The first boot event is that of the device without an application.
      if (name == "error" || (name == "boot" && updated)) {
        ended.last = std::move(event);
      }
    }
    ended.device_exit = device.wait().exit_code;
    return ended;
  }

  void expect_booted(const Ended& ended, const std::string& application) {
    EXPECT_EQ(ended.upload.exit_code, 0) << ended.upload.error;
    EXPECT_EQ(ended.device_exit, 0);
    ASSERT_EQ(ended.last.value("event", ""), "boot") << ended.last;
    EXPECT_EQ(ended.last.at("applied"), true);
    EXPECT_EQ(ended.last.at("bytes"), application.size());
    EXPECT_EQ(ended.last.at("md5"), md5_of(application));
  }

  void expect_refused(const Ended& ended, const std::string& text) {
    EXPECT_EQ(ended.upload.exit_code, 6) << ended.upload.error;
    EXPECT_THAT(ended.upload.error, HasSubstr(text));
    EXPECT_EQ(ended.device_exit, 6);
    ASSERT_EQ(ended.last.value("event", ""), "error") << ended.last;
    EXPECT_EQ(ended.last.at("error").at("message"), text);
  }

  void make(const Arguments& arguments) {
    const Outcome outcome = folder_.otatool(arguments);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  }

  /// Copies a file with changes.
  template <typename Change>
  void derive(const std::string& from, const std::string& to, Change change) {
    const std::string text = folder_.read(from);
    support::Blob bytes(text.begin(), text.end());
    change(bytes);
    folder_.write(to, bytes);
  }

  const SigningFolder folder_;
  const Arguments signed_only_ = {"--pubkey", "public.key"};
};

constexpr const char* kUnsigned = "ERROR[12]: Signature verification failed: no signature";
constexpr const char* kWrong =
    "ERROR[12]: Signature verification failed: wrong key or changed image";

TEST_F(DeviceImages, ASignedImageBootsWithoutItsSignature) {
  make({"sign", "app.bin", "--key", "private.key"});
  expect_booted(update("app.bin.signed", signed_only_), folder_.read("app.bin"));
}

TEST_F(DeviceImages, ASignedPackageBootsItsContents) {
  make({"gzip", "app.bin", "-o", "app.gz"});
  make({"sign", "app.gz", "--key", "private.key", "-o", "app.gz.signed"});
  expect_booted(update("app.gz.signed", signed_only_, {"--assume-verifier"}),
                folder_.read("app.bin"));
}

TEST_F(DeviceImages, UploadPacksAndSigns) {
  expect_booted(update("app.bin",
                       signed_only_,
                       {"--gzip", "always", "--sign", "private.key", "--assume-verifier"}),
                folder_.read("app.bin"));
}

TEST_F(DeviceImages, AnUnsignedImageIsRefused) {
  expect_refused(update("app.bin", signed_only_), kUnsigned);
}

TEST_F(DeviceImages, AnUnsignedPackageIsRefused) {
  make({"gzip", "app.bin", "-o", "app.gz"});
  expect_refused(update("app.gz", signed_only_), kUnsigned);
}

TEST_F(DeviceImages, ASignatureByAnotherKeyIsRefused) {
  make({"keygen", "-o", "other.key", "--pubkey", "other.pub"});
  make({"sign", "app.bin", "--key", "other.key", "-o", "other.signed"});
  expect_refused(update("other.signed", signed_only_), kWrong);
}

TEST_F(DeviceImages, AKeyOfAnotherSizeIsRefused) {
  make({"keygen", "-o", "large.key", "--pubkey", "large.pub", "--bits", "3072"});
  make({"sign", "app.bin", "--key", "large.key"});
  expect_refused(update("app.bin.signed", signed_only_),
                 "ERROR[12]: Signature verification failed: key of another size");
}

TEST_F(DeviceImages, AnImageWithOneFlippedByteIsRefused) {
  make({"sign", "app.bin", "--key", "private.key"});
  derive("app.bin.signed", "bad-signature", [](auto& bytes) { bytes[bytes.size() - 100] ^= 1; });
  expect_refused(update("bad-signature", signed_only_), kWrong);
  derive("app.bin.signed", "bad-image", [](auto& bytes) { bytes[bytes.size() / 2] ^= 1; });
  expect_refused(update("bad-image", signed_only_, {"--force", "damaged"}), kWrong);
}

TEST_F(DeviceImages, AnUnsignedPackageBootsOnAPlainDevice) {
  make({"gzip", "app.bin", "-o", "app.gz"});
  expect_booted(update("app.gz", {}), folder_.read("app.bin"));
}

TEST_F(DeviceImages, ASignedImageBootsOnAPlainDevice) {
  make({"sign", "app.bin", "--key", "private.key"});
  expect_booted(update("app.bin.signed", {}), folder_.read("app.bin.signed"));
}

TEST_F(DeviceImages, ASignedPackageIsRefusedByAPlainDevice) {
  make({"gzip", "app.bin", "-o", "app.gz"});
  make({"sign", "app.gz", "--key", "private.key", "-o", "app.gz.signed"});
  expect_refused(update("app.gz.signed", {}, {"--assume-verifier"}),
                 "ERROR[32]: Broken gzip package: bytes after its trailer");
}

// signing-gzip-images.md 2.3.
TEST_F(DeviceImages, BrokenPackagesAreRefused) {
  make({"gzip", "app.bin", "-o", "app.gz"});
  const Arguments force = {"--force", "broken-package"};
  const std::string trailing = "ERROR[32]: Broken gzip package: bytes after its trailer";
  derive("app.gz", "one-more.gz", [](auto& bytes) { bytes.push_back('\n'); });
  expect_refused(update("one-more.gz", {}, force), trailing);
  derive("app.gz", "four-more.gz", [](auto& bytes) { bytes.resize(bytes.size() + 4); });
  expect_refused(update("four-more.gz", {}, force), trailing);
  derive("app.gz", "twice.gz", [](auto& bytes) {
    const auto copy = bytes;
    bytes.insert(bytes.end(), copy.begin(), copy.end());
  });
  expect_refused(update("twice.gz", {}, force), trailing);
  derive("app.gz", "sum.gz", [](auto& bytes) { bytes[bytes.size() - 8] ^= 1; });
  expect_refused(update("sum.gz", {}, force),
                 "ERROR[32]: Broken gzip package: CRC or size differs");
  derive("app.gz", "short.gz", [](auto& bytes) { bytes.resize(bytes.size() / 2); });
  expect_refused(update("short.gz", {}, force),
                 "ERROR[32]: Broken gzip package: ends before its trailer");
  derive("app.gz", "reserved.gz", [](auto& bytes) { bytes[3] |= 0x80; });
  expect_refused(update("reserved.gz", {}, force),
                 "ERROR[32]: Broken gzip package: cannot be unpacked");
  derive("app.gz", "flipped.gz", [](auto& bytes) { bytes[bytes.size() / 2] ^= 1; });
  const Ended flipped = update("flipped.gz", {}, force);
  EXPECT_EQ(flipped.upload.exit_code, 6);
  EXPECT_THAT(flipped.upload.error, HasSubstr("ERROR[32]: Broken gzip package: "));
}

TEST_F(DeviceImages, KeysThatAnEsp8266CannotUseAreRefusedAtTheStart) {
  const auto refused = [this](const Arguments& more, int exit, const std::string& why) {
    Arguments arguments = {"device", "--port", "0", "--no-announce", "--pubkey"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = folder_.otatool(arguments);
    EXPECT_EQ(outcome.exit_code, exit) << outcome.error;
    EXPECT_THAT(outcome.error, HasSubstr(why));
    EXPECT_THAT(outcome.output, IsEmpty());
  };
  refused({"ec.pub"}, 8, "verifies RSA alone");
  refused({"app.bin"}, 8, "neither a PEM, DER nor PKCS#12");
  refused({"none"}, 7, "cannot open 'none'");
  refused({"public.key", "--chip", "esp32"}, 2, "--pubkey requires --chip esp8266");
}

TEST_F(DeviceImages, APrivateKeyServesAsItsPublicKey) {
  make({"sign", "app.bin", "--key", "private.key"});
  expect_booted(update("app.bin.signed", {"--pubkey", "private.key"}), folder_.read("app.bin"));
}

}  // namespace
}  // namespace otatool::test
