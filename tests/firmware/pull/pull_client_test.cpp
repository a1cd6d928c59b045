#include "firmware/core/pull/pull_client.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/firmware/pull/pull_fixture.hpp"

namespace otatool::firmware::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using State = PullClient::State;

const Image kNew = sample_image(300, 5);

void expect_updated(PullingDevice& device, const Image& image) {
  EXPECT_EQ(device.client.result(), PullResult::Updated);
  EXPECT_EQ(device.client.state(), State::Restarting);
  EXPECT_EQ(device.installed(), image);
  EXPECT_EQ(device.restart.count, 1);
  EXPECT_THAT(device.hooks.log, ElementsAre("start flash", "end"));
}

/// The running application stays, nothing is installed, and the client can ask again.
void expect_unchanged(PullingDevice& device, PullResult result) {
  EXPECT_EQ(device.client.result(), result);
  EXPECT_EQ(device.client.state(), State::Idle);
  EXPECT_FALSE(device.installs());
  EXPECT_FALSE(device.updater.active());
  EXPECT_EQ(device.restart.count, 0);
  EXPECT_EQ(device.flash.bytes(0, kRunningSize), device.running);
  device.hooks.log.clear();
  device.pull_and_close(response_with(kNew));
  expect_updated(device, kNew);
}

TEST(PullClient, InstallsWhatTheServerSends) {
  PullingDevice device;
  device.client.start(device.now);
  ASSERT_TRUE(device.link.connected_to);
  EXPECT_EQ(device.link.connected_to->port, 8070);
  EXPECT_EQ(device.client.state(), State::Connecting);
  device.client.on_connected(device.now);
  EXPECT_EQ(device.client.state(), State::Waiting);
  device.bytes(header_for(kNew));
  EXPECT_EQ(device.client.state(), State::Receiving);
  device.bytes(text_of(kNew));
  EXPECT_EQ(device.client.state(), State::Closing);
  EXPECT_EQ(device.link.closes, 1);
  EXPECT_EQ(device.restart.count, 0) << "the server learns first that everything arrived";
  EXPECT_EQ(device.hooks.progress, "300/300");
  device.client.on_closed(device.now);
  expect_updated(device, kNew);
}

TEST(PullClient, TheResponseMayBeSplitAtEachByte) {
  const std::string response = response_with(kNew);
  for (std::size_t split = 1; split < response.size(); ++split) {
    PullingDevice device;
    device.pull(response.substr(0, split));
    device.bytes(response.substr(split));
    device.client.on_closed(device.now);
    expect_updated(device, kNew);
  }
}

TEST(PullClient, TheResponseMayComeInPiecesOfAnySize) {
  const Image large = sample_image(9'999, 6);
  for (const std::size_t piece : {1U, 2U, 3U, 255U, 256U, 257U, 1'460U}) {
    PullingDevice device;
    device.pull_and_close(response_with(large), piece);
    expect_updated(device, large);
  }
}

TEST(PullClient, IgnoresBytesAfterTheImage) {
  for (const std::size_t piece : {std::size_t{1}, SIZE_MAX}) {
    PullingDevice device;
    device.pull_and_close(response_with(kNew) + "more", piece);
    expect_updated(device, kNew);
  }
}

TEST(PullClient, NoUpdateChangesNothing) {
  for (const char* const status : {"304", "403", "404"}) {
    PullingDevice device;
    device.pull("HTTP/1.0 " + std::string(status) + " x\r\nContent-Length: 4\r\n\r\nbody");
    EXPECT_EQ(device.client.status(), static_cast<std::uint32_t>(std::stoi(status)));
    EXPECT_EQ(device.flash.operations, 0U);
    EXPECT_EQ(device.client.state(), State::Closing);
    EXPECT_EQ(device.link.closes, 1);
    EXPECT_THAT(device.hooks.log, IsEmpty());
    device.client.on_closed(device.now);
    expect_unchanged(device, PullResult::NoUpdate);
  }
}

struct Refusal {
  const char* fields;
  PullResult result;
};

TEST(PullClient, ReportsWhatIsWrongWithAResponse) {
  for (const Refusal& refusal :
       {Refusal{"HTTP/1.0 500 x\r\n\r\n", PullResult::Status},
        Refusal{"HTTP/1.0 301 x\r\nLocation: /\r\n\r\n", PullResult::Status},
        Refusal{"HTTP/1.0 200 x\r\n\r\n", PullResult::NoLength},
        Refusal{"HTTP/1.0 200 x\r\nContent-Length: 300\r\n\r\n", PullResult::NoMd5},
        Refusal{"SSH-2.0-x\r\n", PullResult::Malformed}}) {
    PullingDevice device;
    device.pull(refusal.fields);
    EXPECT_EQ(device.link.drops, 1);
    EXPECT_EQ(device.flash.operations, 0U);
    EXPECT_THAT(device.hooks.log, ElementsAre("error 1 0"));
    device.bytes(text_of(kNew));
    expect_unchanged(device, refusal.result);
  }
}

TEST(PullClient, AHeaderWithoutEndIsMalformed) {
  PullingDevice device;
  device.pull("HTTP/1.0 200 OK\r\n" + std::string(PullResponse::kMaxHeader, 'x'), 100);
  expect_unchanged(device, PullResult::Malformed);
}

TEST(PullClient, AConnectionThatIsCutLosesNothing) {
  const std::string response = response_with(kNew);
  for (std::size_t length = 0; length < response.size(); ++length) {
    PullingDevice device;
    device.pull_and_close(response.substr(0, length));
    expect_unchanged(device, PullResult::Cut);
  }
}

TEST(PullClient, AnotherDigestIsRefused) {
  Image changed = kNew;
  changed[200] ^= 1U;
  PullingDevice device;
  device.pull(header_for(kNew) + text_of(changed));
  EXPECT_EQ(device.client.error(), UpdateError::Md5);
  EXPECT_THAT(device.hooks.log, ElementsAre("start flash", "error 4 7"));
  expect_unchanged(device, PullResult::Refused);
}

TEST(PullClient, TheUpdaterRefusesWhatItRefusesFromAHost) {
  PullingDevice device;
  Image wrong = kNew;
  wrong[0] = 0;
  device.pull(response_with(wrong));
  EXPECT_EQ(device.client.error(), UpdateError::MagicByte);
  EXPECT_EQ(device.client.result(), PullResult::Refused);
  device.pull("HTTP/1.0 200 OK\r\nContent-Length: 4000000000\r\nx-MD5: " + md5_of(kNew) +
              "\r\n\r\n");
  EXPECT_EQ(device.client.error(), UpdateError::Space);
  expect_unchanged(device, PullResult::Refused);
}

TEST(PullClient, LeavesTheUpdateOfAHostAlone) {
  PullingDevice device;
  UpdateRequest request{wire::Command::Flash, 300, {}};
  request.without_md5 = true;
  device.client.start(device.now);
  device.client.on_connected(device.now);
  ASSERT_EQ(device.updater.begin(request), UpdateError::None);
  device.bytes(response_with(sample_image(900, 9)));
  EXPECT_EQ(device.client.error(), UpdateError::AlreadyRunning);
  EXPECT_EQ(device.client.state(), State::Idle);
  ASSERT_TRUE(device.updater.active());
  EXPECT_EQ(device.updater.write(kNew.data(), kNew.size()), UpdateError::None);
  EXPECT_EQ(device.updater.end(), UpdateError::None);
  EXPECT_EQ(device.installed(), kNew);
}

TEST(PullClient, WaitsForEachStepUntilItsTimeout) {
  const std::string response = response_with(kNew);
  const std::size_t header = header_for(kNew).size();
  const PullTiming timing;
  struct Step {
    std::string_view received;
    std::uint32_t limit;
    PullResult result;
    const char* log;
  };
  for (const Step& step :
       {Step{{}, timing.answer, PullResult::Silent, "error 1 0"},
        Step{std::string_view(response).substr(0, header - 1),
             timing.answer,
             PullResult::Silent,
             "error 1 0"},
        Step{std::string_view(response).substr(0, header), timing.stall, PullResult::Silent, ""},
        Step{std::string_view(response).substr(0, header + 9),
             timing.stall,
             PullResult::Silent,
             ""}}) {
    PullingDevice device;
    device.pull(step.received);
    device.pass(step.limit - 1);
    EXPECT_TRUE(device.client.active());
    EXPECT_EQ(device.client.poll_after(device.now), 1U);
    EXPECT_EQ(device.link.drops, 0);
    device.pass(1);
    EXPECT_EQ(device.link.drops, 1);
    EXPECT_EQ(device.hooks.log.back(), *step.log != '\0' ? step.log : "error 3 0");
    expect_unchanged(device, step.result);
  }
}

TEST(PullClient, BytesOfTheHeaderDoNotProlongTheWait) {
  PullingDevice device;
  device.pull("HTTP/1.0 200 OK\r\n");
  for (int i = 0; i < 100 && device.client.active(); ++i) {
    device.pass(100);
    device.bytes("x: y\r\n");
  }
  expect_unchanged(device, PullResult::Silent);
}

TEST(PullClient, BytesOfTheImageProlongTheWait) {
  PullingDevice device;
  device.pull(header_for(kNew));
  for (const std::uint8_t byte : kNew) {
    device.pass(100);
    device.bytes(std::string(1, static_cast<char>(byte)));
  }
  device.client.on_closed(device.now);
  expect_updated(device, kNew);
}

TEST(PullClient, AServerThatCannotBeReached) {
  PullingDevice failing;
  failing.client.start(failing.now);
  failing.client.on_connect_failed(failing.now);
  EXPECT_THAT(failing.hooks.log, ElementsAre("error 2 0"));
  expect_unchanged(failing, PullResult::NoConnection);

  PullingDevice silent;
  silent.client.start(silent.now);
  silent.pass(PullTiming().connect);
  EXPECT_EQ(silent.link.drops, 1);
  expect_unchanged(silent, PullResult::NoConnection);

  PullingDevice full;
  full.link.full = true;
  full.pull("");
  full.link.full = false;
  expect_unchanged(full, PullResult::NoConnection);
}

TEST(PullClient, RestartsAlthoughTheServerDoesNotClose) {
  PullingDevice device;
  device.pull(response_with(kNew));
  device.pass(PullTiming().linger - 1);
  EXPECT_EQ(device.restart.count, 0);
  device.pass(1);
  EXPECT_EQ(device.link.drops, 1);
  expect_updated(device, kNew);
}

TEST(PullClient, OneQuestionAtATime) {
  PullingDevice device;
  device.pull(header_for(kNew));
  device.link.connected_to.reset();
  device.client.start(device.now);
  EXPECT_FALSE(device.link.connected_to);
  device.bytes(text_of(kNew));
  device.client.on_closed(device.now);
  device.client.start(device.now);
  EXPECT_FALSE(device.link.connected_to) << "the device is about to restart";
  expect_updated(device, kNew);
}

TEST(PullClient, EventsWithoutAQuestionDoNothing) {
  PullingDevice device;
  device.client.on_connected(device.now);
  device.client.on_connect_failed(device.now);
  device.bytes(response_with(kNew));
  device.client.on_closed(device.now);
  EXPECT_EQ(device.client.poll_after(device.now), PullClient::kNever);
  device.pass(100);
  EXPECT_THAT(device.hooks.log, IsEmpty());
  expect_unchanged(device, PullResult::None);
}

TEST(PullClient, AnUnreadableFlashIsReported) {
  PullingDevice device;
  device.flash.fail_read = true;
  device.client.start(device.now);
  EXPECT_FALSE(device.link.connected_to);
  EXPECT_EQ(device.client.error(), UpdateError::Read);
  device.flash.fail_read = false;
  expect_unchanged(device, PullResult::Refused);
}

TEST(PullClient, ErasesWhileItWaitsForBytes) {
  PullingDevice device;
  device.pull(header_for(sample_image(20'000)));
  EXPECT_EQ(device.client.poll_after(device.now), 0U);
  device.pass(1);
  EXPECT_EQ(device.flash.erases, 1U);
}

TEST(PullClient, EachResultHasItsText) {
  std::vector<std::string> texts;
  for (auto result = PullResult::None; result <= PullResult::Refused;
       result = static_cast<PullResult>(static_cast<int>(result) + 1)) {
    texts.emplace_back(describe(result));
    EXPECT_FALSE(texts.back().empty());
  }
  std::ranges::sort(texts);
  EXPECT_EQ(std::ranges::adjacent_find(texts), texts.end());
}

}  // namespace
}  // namespace otatool::firmware::testing
