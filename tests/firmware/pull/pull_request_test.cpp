// The request is the one that the host's model of an ESP8266 writes (espota.md 5.3).
#include "firmware/core/pull/pull_request.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "otatool/espota/digest.hpp"
#include "otatool/http/pull.hpp"

#include "tests/firmware/pull/pull_fixture.hpp"

namespace otatool::firmware::testing {
namespace {

constexpr char kNumbers[] = "4294967295";

http::DeviceRequest expected(const PullingDevice& device) {
  http::DeviceRequest request;
  request.station_mac = "5C:CF:7F:01:A2:03";
  request.access_point_mac = request.station_mac;
  request.chip_id = 0x01A203;
  request.free_space = largest_application(device.map, kRunningSize);
  request.sketch_size = kRunningSize;
  request.sketch_md5 = md5_of(device.running);
  request.chip_size = 512 * 1024;
  request.sdk_version = "otatool";
  request.version = device.version;
  return request;
}

std::string text_of_request(const http::DeviceRequest& request, const std::string& path) {
  http::Url url;
  url.host = "10.0.2.2";
  url.port = 8070;
  url.target = path;
  return std::string(http::pull_request(url, request).reveal());
}

TEST(PullRequest, IsThatOfAnEsp8266) {
  PullingDevice device;
  device.pull("");
  EXPECT_EQ(device.link.stream, text_of_request(expected(device), "/update"));
}

TEST(PullRequest, SaysWhichApplicationRunsIfItAppliesPatches) {
  PullingDevice device(true);
  device.pull("");
  http::DeviceRequest request = expected(device);
  request.running = {kRunningSize, espota::sha256_hex(device.running)};
  EXPECT_EQ(device.link.stream, text_of_request(request, "/update"));
}

TEST(PullRequest, LeavesAnEmptyVersionOut) {
  const Endpoint server{{10, 0, 2, 2}, 4, 0, 8070};
  const std::uint8_t md5[16] = {};
  std::string text(kMaxPullRequest, '\0');
  text.resize(write_pull_request(
      {&server, {"/", 1}, kMac, {nullptr, 0}, 1, 2, md5, 3, {nullptr, 0}}, text.data()));
  EXPECT_EQ(text.find("version: "), text.find("sdk-version: ") + 4);
  EXPECT_EQ(text.find("-version: ", text.find("sdk-version: ") + 12), std::string::npos);
}

TEST(PullRequest, TheLongestFitsItsBuffer) {
  const Endpoint server{{255, 255, 255, 255}, 4, 0, 0xFFFF};
  const std::uint8_t mac[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  const std::uint8_t md5[16] = {};
  const std::string path(kMaxPullPath, 'p');
  const std::string version(kMaxPullVersion, 'v');
  const std::string running = kNumbers + (" " + std::string(64, 'f'));
  std::string text(kMaxPullRequest + 64, '\0');
  const std::size_t length = write_pull_request({&server,
                                                 {path.data(), path.size()},
                                                 mac,
                                                 {version.data(), version.size()},
                                                 0xFFFFFFFF,
                                                 0xFFFFFFFF,
                                                 md5,
                                                 0xFFFFFFFF,
                                                 {running.data(), running.size()}},
                                                text.data());
  EXPECT_LE(length, kMaxPullRequest);
  EXPECT_TRUE(std::all_of(text.begin() + static_cast<std::ptrdiff_t>(length),
                          text.end(),
                          [](char c) { return c == '\0'; }));
}

}  // namespace
}  // namespace otatool::firmware::testing
