// A transfer that broke off continues where it was, if the host takes the offer.
#include "otatool/wire/resume.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmware/core/digest/hex.hpp"
#include "tests/firmware/support/receiver_fixture.hpp"
#include "tests/firmware/support/toy_signature.hpp"

namespace otatool::firmware {
namespace {

using testing::Device;
using testing::invitation;
using testing::kHost;
using testing::sample_image;
using testing::State;
using Image = std::vector<std::uint8_t>;

constexpr std::size_t kPage = 256;

std::string offer_of(const Image& image, std::size_t bytes) {
  return "KEPT " + std::to_string(bytes) + " " +
         testing::md5_of({image.begin(), image.begin() + static_cast<std::ptrdiff_t>(bytes)}) +
         "\n";
}

Image part(const Image& image, std::size_t from, std::size_t to) {
  return {image.begin() + static_cast<std::ptrdiff_t>(from),
          image.begin() + static_cast<std::ptrdiff_t>(to)};
}

/// Sends the first `bytes` of `image`; then the connection breaks.
void send_and_break(Device& device, const Image& image, std::size_t bytes, int command = 0) {
  device.datagram(invitation(image, command), kHost);
  device.receiver.on_connected(device.now);
  device.bytes(part(image, 0, bytes));
  device.pass(50);
  device.receiver.on_closed(device.now);
  ASSERT_EQ(device.receiver.state(), State::Idle);
  device.link.datagrams.clear();
  device.link.stream.clear();
}

void invite(Device& device, const Image& image, int command = 0) {
  device.link.datagrams.clear();
  device.datagram(invitation(image, command), kHost);
  device.receiver.on_connected(device.now);
}

std::vector<std::string> datagrams(const Device& device) {
  std::vector<std::string> texts;
  for (const testing::SentDatagram& sent : device.link.datagrams) {
    texts.push_back(sent.text);
  }
  return texts;
}

void expect_installed(Device& device, const Image& image) {
  device.pass(300);
  EXPECT_TRUE(device.boots_next());
  const auto size = static_cast<std::uint32_t>(image.size());
  EXPECT_EQ(device.flash.bytes(device.map.staging_end - whole_sectors(size), size), image);
}

TEST(Resume, OffersWholePagesAfterOkAndTakesTheRest) {
  const Image image = sample_image(30'001);
  for (const std::size_t sent : {kPage, kPage + 1, 4'095UL, 4'096UL, 10'000UL, 30'000UL}) {
    Device device;
    send_and_break(device, image, sent);
    const std::size_t kept = sent / kPage * kPage;
    invite(device, image);
    EXPECT_THAT(datagrams(device), ::testing::ElementsAre("OK", offer_of(image, kept)));
    device.text("RESUME " + std::to_string(kept) + "\n");
    device.bytes(part(image, kept, image.size()));
    EXPECT_EQ(device.link.stream, std::to_string(image.size() - kept));
    expect_installed(device, image);
  }
}

TEST(Resume, TheLineMayArriveInPieces) {
  const Image image = sample_image(3'000);
  const std::string line = "RESUME 1024\n";
  for (std::size_t split = 1; split < line.size(); ++split) {
    Device device;
    send_and_break(device, image, 1'100);
    invite(device, image);
    device.text(line.substr(0, split));
    device.text(line.substr(split));
    EXPECT_EQ(device.link.stream, "");
    device.bytes(part(image, 1'024, image.size()));
    expect_installed(device, image);
  }
}

TEST(Resume, AStockHostSendsEverythingFromTheStart) {
  const Image image = sample_image(30'000);
  Device device;
  send_and_break(device, image, 20'000);
  invite(device, image);
  device.bytes(part(image, 0, 1));
  device.bytes(part(image, 1, image.size()));
  EXPECT_EQ(device.link.stream, "129999");
  expect_installed(device, image);
}

TEST(Resume, IsNotOfferedForAnotherImageSizeOrKind) {
  const Image image = sample_image(30'000);
  Image other = image;
  other[29'999] ^= 1;
  for (const Image& next : {other, sample_image(30'001)}) {
    Device device;
    send_and_break(device, image, 20'000);
    invite(device, next);
    EXPECT_THAT(datagrams(device), ::testing::ElementsAre("OK"));
    device.bytes(next);
    expect_installed(device, next);
  }
  Device device;
  send_and_break(device, image, 20'000);
  invite(device, image, 100);
  EXPECT_THAT(datagrams(device), ::testing::ElementsAre("OK"));
}

TEST(Resume, IsForgottenWhenAnotherUpdateBegins) {
  const Image image = sample_image(30'000);
  Device device;
  send_and_break(device, image, 20'000);
  UpdateRequest request{wire::Command::Flash, 30'000, {}};
  from_hex(testing::md5_of(image).data(), sizeof(request.md5), request.md5);
  ASSERT_EQ(device.updater.begin(request), UpdateError::None);  // by a web form
  EXPECT_EQ(device.updater.received(), 0U);
  device.updater.cancel();
  invite(device, image);
  EXPECT_THAT(datagrams(device), ::testing::ElementsAre("OK"));
}

TEST(Resume, IsNotOfferedBeforeTheFirstPageOrAfterTheLastByte) {
  const Image image = sample_image(2 * kPage);
  for (const std::size_t sent : {0UL, 1UL, kPage - 1}) {
    Device device;
    send_and_break(device, image, sent);
    invite(device, image);
    EXPECT_THAT(datagrams(device), ::testing::ElementsAre("OK")) << sent;
  }
  Device device;
  invite(device, image);
  device.bytes(image);
  device.text("more");
  device.receiver.on_closed(device.now);
  invite(device, image);
  EXPECT_THAT(datagrams(device), ::testing::ElementsAre("OK"));
}

TEST(Resume, IsNotOfferedAfterAnErrorOfTheImage) {
  Image image = sample_image(3'000);
  Device device;
  const std::string announced = invitation(image);
  image[10] ^= 1;  // the MD5 is wrong
  for (int i = 0; i < 2; ++i) {
    device.link.datagrams.clear();
    device.datagram(announced, kHost);
    EXPECT_THAT(datagrams(device), ::testing::ElementsAre("OK"));
    device.receiver.on_connected(device.now);
    device.bytes(image);
    device.pass(300);
    EXPECT_THAT(device.link.stream, ::testing::StartsWith("3000ERROR[7]"));
    device.receiver.on_closed(device.now);
    device.link.stream.clear();
  }
}

TEST(Resume, OfDamagedPagesFailsAndIsNotOfferedAgain) {
  const Image image = sample_image(30'000);
  Device device;
  const std::string announced = invitation(image);
  Image wrong = image;
  wrong[5'000] ^= 1;
  device.datagram(announced, kHost);
  device.receiver.on_connected(device.now);
  device.bytes(part(wrong, 0, 20'000));
  device.receiver.on_closed(device.now);
  invite(device, image);
  // The digest tells a host that these are not its bytes; this one resumes nevertheless.
  EXPECT_THAT(datagrams(device), ::testing::ElementsAre("OK", offer_of(wrong, 19'968)));
  device.text("RESUME 19968\n");
  device.bytes(part(image, 19'968, image.size()));
  device.pass(300);
  EXPECT_THAT(device.link.stream, ::testing::HasSubstr("ERROR[7]"));
  EXPECT_FALSE(device.boots_next());
  device.receiver.on_closed(device.now);
  invite(device, image);
  EXPECT_THAT(datagrams(device), ::testing::ElementsAre("OK"));
  device.bytes(image);
  expect_installed(device, image);
}

TEST(Resume, RefusesALineWithAnotherNumber) {
  const Image image = sample_image(3'000);
  for (const char* const line : {"RESUME 768\n",
                                 "RESUME 10240\n",
                                 "RESUME 0\n",
                                 "RESUME -1\n",
                                 "RESUME 01024\n",
                                 "RESUME 4294968320\n",
                                 "RESUME 1024\r\n",
                                 "resume 1024\n",
                                 "R\xE9"}) {
    Device device;
    send_and_break(device, image, 1'100);
    invite(device, image);
    device.text(line);
    EXPECT_THAT(device.link.stream, ::testing::StartsWith("ERROR[")) << line;
    EXPECT_FALSE(device.boots_next());
    device.receiver.on_closed(device.now);
    invite(device, image);
    device.bytes(image);
    expect_installed(device, image);
  }
}

TEST(Resume, RefusesTheLineWithoutAnOffer) {
  const Image image = sample_image(3'000);
  Device device;
  invite(device, image);
  device.text("RESUME 1024\n");
  EXPECT_THAT(device.link.stream, ::testing::StartsWith("ERROR[10]"));
}

TEST(Resume, MayBreakOffAgainAndAgain) {
  const Image image = sample_image(40'000);
  Device device;
  send_and_break(device, image, 1'000);
  for (std::size_t kept = 768; kept < 39'000; kept += 2'560) {
    invite(device, image);
    ASSERT_THAT(datagrams(device), ::testing::ElementsAre("OK", offer_of(image, kept)));
    device.text("RESUME " + std::to_string(kept) + "\n");
    device.bytes(part(image, kept, kept + 2'600));
    device.pass(100);
    device.receiver.on_closed(device.now);
  }
  invite(device, image);
  device.bytes(image);
  expect_installed(device, image);
}

TEST(Resume, ContinuesAfterAStallAndAfterAConnectionThatFailed) {
  const Image image = sample_image(30'000);
  Device device;
  invite(device, image);
  device.bytes(part(image, 0, 20'000));
  device.pass(20'000);
  EXPECT_THAT(device.link.stream, ::testing::HasSubstr("ERROR[6]"));
  device.receiver.on_closed(device.now);
  device.datagram(invitation(image), kHost);
  device.receiver.on_connect_failed(device.now);
  invite(device, image);
  EXPECT_THAT(datagrams(device), ::testing::ElementsAre("OK", offer_of(image, 19'968)));
  device.text("RESUME 19968\n");
  device.bytes(part(image, 19'968, image.size()));
  expect_installed(device, image);
}

TEST(Resume, RepeatsTheOfferWithOk) {
  const Image image = sample_image(3'000);
  Device device;
  send_and_break(device, image, 1'100);
  device.datagram(invitation(image), kHost);
  device.datagram(invitation(image), kHost);
  EXPECT_THAT(datagrams(device),
              ::testing::ElementsAre("OK", offer_of(image, 1'024), "OK", offer_of(image, 1'024)));
}

TEST(Resume, OffersOnlyAfterTheRightResponse) {
  const Image image = sample_image(3'000);
  Device device(wire::AuthHash::Md5);
  testing::begin(device, image);
  device.bytes(part(image, 0, 1'100));
  device.receiver.on_closed(device.now);
  device.link.datagrams.clear();
  device.datagram(invitation(image), kHost);
  ASSERT_EQ(device.link.datagrams.size(), 1U);
  device.datagram(testing::response_of(device), kHost);
  device.finish_check();
  ASSERT_EQ(device.link.datagrams.size(), 3U);
  EXPECT_EQ(device.link.datagrams[1].text, "OK");
  EXPECT_EQ(device.link.datagrams[2].text, offer_of(image, 1'024));
}

TEST(Resume, AFilesystemContinuesUnlessItMustBeSigned) {
  const Image image = testing::sample_filesystem(9'000);
  Device device;
  send_and_break(device, image, 5'000, 100);
  invite(device, image, 100);
  EXPECT_THAT(datagrams(device), ::testing::ElementsAre("OK", offer_of(image, 4'864)));
  device.text("RESUME 4864\n");
  device.bytes(part(image, 4'864, image.size()));
  device.pass(300);
  EXPECT_EQ(device.flash.bytes(device.map.filesystem, 9'000), image);

  Device careful;
  testing::ToyVerifier verifier;
  Updater updater(careful.flash, careful.map, careful.installer, {&verifier, &careful.sha256});
  UpdateRequest request{wire::Command::Filesystem, 9'000, {}};
  request.may_resume = true;
  ASSERT_EQ(updater.begin(request), UpdateError::None);
  ASSERT_EQ(updater.write(image.data(), 5'000), UpdateError::None);
  updater.cancel();
  ASSERT_EQ(updater.begin(request), UpdateError::None);
  EXPECT_EQ(updater.received(), 0U);
}

TEST(Resume, AnImageThatBeginsLikeTheLineIsSentWhole) {
  Image image = testing::sample_filesystem(9'000);
  image[0] = 'R';
  Device device;
  send_and_break(device, image, 5'000, 100);
  invite(device, image, 100);
  EXPECT_THAT(datagrams(device), ::testing::ElementsAre("OK"));
  device.bytes(image);
  device.pass(300);
  EXPECT_EQ(device.flash.bytes(device.map.filesystem, 9'000), image);
}

TEST(Resume, IsNotOfferedWhenTheFlashCannotBeRead) {
  const Image image = sample_image(3'000);
  Device device;
  send_and_break(device, image, 1'100);
  UpdateRequest request{wire::Command::Flash, 3'000, {}};
  from_hex(testing::md5_of(image).data(), sizeof(request.md5), request.md5);
  request.may_resume = true;
  device.flash.fail_read = true;
  EXPECT_NE(device.updater.begin(request), UpdateError::None);
  device.flash.fail_read = false;
  invite(device, image);
  EXPECT_THAT(datagrams(device), ::testing::ElementsAre("OK"));
}

}  // namespace
}  // namespace otatool::firmware
