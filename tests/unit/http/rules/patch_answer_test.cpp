// Difference updates as answers of the update server (delta.md 4).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/http/operations.hpp"
#include "otatool/http/site.hpp"
#include "otatool/http/update_rules.hpp"

namespace otatool::http {
namespace {

using ::testing::Optional;

const std::string kRunning(64, 'a');

class PatchLibrary final : public Library {
 public:
  std::shared_ptr<const Catalogue> catalogue() override { return catalogue_; }
  std::shared_ptr<const ServedFile> file(const std::string& path) override {
    return path == file_->name ? file_ : nullptr;
  }
  std::shared_ptr<const Deliverable> patch(const RunningImage& running,
                                           const ServedFile& file) override {
    asked_.push_back(running);
    return &file == file_.get() && running.sha256 == kRunning ? patch_ : nullptr;
  }

  std::shared_ptr<Catalogue> catalogue_ = std::make_shared<Catalogue>();
  std::shared_ptr<ServedFile> file_ = std::make_shared<ServedFile>();
  std::shared_ptr<Deliverable> patch_ = std::make_shared<Deliverable>();
  std::vector<RunningImage> asked_;
};

class PatchAnswer : public ::testing::Test {
 protected:
  PatchAnswer() {
    library_.file_->name = "a.bin";
    library_.file_->kind = FileKind::Firmware;
    library_.file_->family = ChipFamily::Esp8266;
    library_.file_->whole = {10'000, std::string(32, '1'), std::string(64, '2'), nullptr};
    library_.file_->running_md5 = std::string(32, '1');
    *library_.patch_ = {700, std::string(32, '3'), std::string(64, '4'), nullptr};
  }

  Response ask(std::vector<HeaderField> more, bool of_device = true) {
    Site site({}, library_, operations_);
    std::vector<HeaderField> fields = {{"Host", "h"}};
    if (of_device) {
      fields.push_back({"x-ESP8266-STA-MAC", "5C:CF:7F:01:02:03"});
    }
    fields.insert(fields.end(), more.begin(), more.end());
    return site.respond({.method = "GET", .target = "/a.bin", .fields = fields});
  }
  static std::string md5_of(const Response& response) {
    for (const OwnedField& each : response.fields) {
      if (each.name == "x-MD5") {
        return each.value;
      }
    }
    return {};
  }

  PatchLibrary library_;
  Operations operations_{1000};
  const std::string says_ = "4096 " + kRunning;
};

TEST_F(PatchAnswer, IsThePatchForWhatTheDeviceRuns) {
  const Response response = ask({{"x-otatool-delta", says_}});
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.length, 700U);
  EXPECT_EQ(md5_of(response), std::string(32, '3'));
  EXPECT_TRUE(response.account.image);
  ASSERT_EQ(library_.asked_.size(), 1U);
  EXPECT_EQ(library_.asked_.front().size, 4096U);
}

TEST_F(PatchAnswer, IsTheImageWithoutAPatch) {
  EXPECT_EQ(ask({}).length, 10'000U);
  EXPECT_TRUE(library_.asked_.empty());
  EXPECT_EQ(ask({{"x-otatool-delta", "4096 " + std::string(64, 'b')}}).length, 10'000U);
  library_.patch_ = nullptr;
  EXPECT_EQ(ask({{"x-otatool-delta", says_}}).length, 10'000U);
}

TEST_F(PatchAnswer, NeedsRoomForPatchAndImage) {
  // Three sectors for the image, one for the patch.
  EXPECT_EQ(ask({{"x-otatool-delta", says_}, {"x-ESP8266-free-space", "16384"}}).length, 700U);
  EXPECT_EQ(ask({{"x-otatool-delta", says_}, {"x-ESP8266-free-space", "16383"}}).length, 10'000U);
}

TEST_F(PatchAnswer, IsForSketchesOfDevicesOnly) {
  EXPECT_EQ(ask({{"x-otatool-delta", says_}}, false).length, 10'000U);
  EXPECT_EQ(ask({{"x-otatool-delta", says_}, {"x-ESP8266-mode", "spiffs"}}).status, 404U);
  EXPECT_EQ(
      ask({{"x-otatool-delta", says_}, {"x-ESP8266-sketch-md5", std::string(32, '1')}}).status,
      304U);
  EXPECT_TRUE(library_.asked_.empty());
}

TEST(DeviceRequestDelta, IsReadOnlyInItsForm) {
  const auto read = [](std::string_view text) {
    const std::vector<HeaderField> fields = {{"x-ESP8266-STA-MAC", "5C:CF:7F:01:02:03"},
                                             {"x-otatool-delta", text}};
    return read_device_request(fields)->running;
  };
  EXPECT_THAT(read("4096 " + kRunning), Optional(RunningImage{4096, kRunning}));
  EXPECT_THAT(read("1 " + std::string(64, 'A')), Optional(RunningImage{1, kRunning}));
  for (const std::string& bad : {std::string(),
                                 std::string("4096"),
                                 kRunning,
                                 "0 " + kRunning,
                                 "-1 " + kRunning,
                                 "4294967296 " + kRunning,
                                 "4096  " + kRunning,
                                 "4096 " + kRunning + "a",
                                 "4096 " + std::string(64, 'g')}) {
    EXPECT_FALSE(read(bad)) << bad;
  }
}

TEST(DeviceRequestDelta, IsWrittenBesideTheFieldsOfTheCores) {
  DeviceRequest request;
  request.station_mac = "5C:CF:7F:01:02:03";
  EXPECT_NE(device_request_fields(request).back().name, "x-otatool-delta");
  request.running = {4096, kRunning};
  EXPECT_EQ(device_request_fields(request).back().name, "x-otatool-delta");
  EXPECT_EQ(device_request_fields(request).back().value, "4096 " + kRunning);
}

}  // namespace
}  // namespace otatool::http
