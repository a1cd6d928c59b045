// Offers to resume: which are taken, and what is sent then.
#include <string>

#include <gtest/gtest.h>

#include "otatool/espota/digest.hpp"

#include "tests/scripts/session_script.hpp"
#include "tests/scripts/small_plans.hpp"

namespace otatool::testing {
namespace {

const std::string kImage = image_of(4'000);

std::string prefix_md5(std::uint32_t bytes) {
  return espota::md5_hex(as_bytes(kImage).first(bytes));
}

espota::Plan resumable() {
  espota::Plan plan = small_plan();
  plan.prefix_md5 = prefix_md5;
  return plan;
}

std::string offer(std::uint32_t bytes) {
  return "KEPT " + std::to_string(bytes) + " " + prefix_md5(bytes) + "\n";
}

SessionScript accepted(const espota::Plan& plan = resumable()) {
  SessionScript begun = script(plan);
  begun.expect_invitation().reply("OK");
  return begun;
}

TEST(SessionResume, SendsTheRestBehindTheLine) {
  accepted()
      .reply(offer(2'048))
      .expect_wait()
      .connect()
      .expect_resumed_chunk(2'048)
      .expect_chunk()
      .expect_wait()
      .receive("1952")
      .receive("OK")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionResume, InLockstepToo) {
  espota::Plan plan = resumable();
  plan.lockstep = true;
  accepted(plan)
      .reply(offer(2'048))
      .connect()
      .expect_resumed_chunk(2'048)
      .expect_wait()
      .receive("1460")
      .expect_chunk()
      .expect_wait()
      .receive("492OK")
      .finishes_ok();
}

TEST(SessionResume, AfterAPassword) {
  espota::Plan plan = plan_with_password();
  plan.prefix_md5 = prefix_md5;
  script(plan)
      .expect_invitation()
      .reply(challenge(kNonce))
      .expect_response(kNonce, kMd5Form)
      .reply("OK")
      .reply(offer(3'999))
      .connect()
      .expect_resumed_chunk(3'999)
      .receive("1OK")
      .finishes_ok();
}

TEST(SessionResume, AnOfferWithoutItsOkStillCounts) {
  script(resumable())
      .expect_invitation()
      .reply(offer(2'048))
      .connect()
      .expect_resumed_chunk(2'048)
      .expect_chunks()
      .receive("1952OK")
      .finishes_ok();
}

TEST(SessionResume, AnOkWithoutAnOfferWithdrawsIt) {
  accepted()
      .reply(offer(2'048))
      .reply("OK")
      .connect()
      .expect_chunks()
      .receive("4000OK")
      .finishes_ok();
}

TEST(SessionResume, SendsEverythingAfterAWrongOrHostileOffer) {
  const std::string md5 = prefix_md5(2'048);
  for (const std::string& wrong : {"KEPT 2047 " + md5,
                                   "KEPT 0 " + espota::md5_hex({}),
                                   offer(4'000),
                                   "KEPT 4001 " + md5,
                                   "KEPT 4294967295 " + md5,
                                   "KEPT 4294969344 " + md5,
                                   "KEPT -1 " + md5,
                                   "KEPT 2048 " + md5 + "0",
                                   "KEPT 2048 " + md5.substr(1),
                                   "KEPT 2048 " + std::string(32, 'f'),
                                   std::string("KEPT 2048"),
                                   std::string("KEPT "),
                                   "kept 2048 " + md5}) {
    SCOPED_TRACE(wrong);
    accepted().reply(wrong).connect().expect_chunks().receive("4000OK").finishes_ok();
  }
}

TEST(SessionResume, OffersBeyondTheFirstFewCostNothing) {
  unsigned digests = 0;
  espota::Plan plan = resumable();
  plan.prefix_md5 = [&digests](std::uint32_t bytes) {
    ++digests;
    return prefix_md5(bytes);
  };
  SessionScript flooded = accepted(plan);
  for (int i = 0; i < 1'000; ++i) {
    flooded.reply(offer(2'048));
  }
  flooded.connect().expect_chunks().receive("4000OK").finishes_ok();
  EXPECT_LE(digests, 8U);
}

TEST(SessionResume, AnOfferDuringTheTransferChangesNothing) {
  accepted().connect().expect_chunk().reply(offer(2'048)).expect_wait();
  accepted()
      .connect()
      .expect_slow_chunk()
      .reply(offer(2'048))
      .expect_wait()
      .take_chunk()
      .expect_chunks()
      .receive("4000OK")
      .finishes_ok();
}

TEST(SessionResume, OnlyIfThePlanAllowsIt) {
  accepted(small_plan())
      .reply(offer(2'048))
      .connect()
      .expect_chunks()
      .receive("4000OK")
      .finishes_ok();
}

TEST(SessionResume, ReportsPositionsInTheWholeImage) {
  accepted()
      .reply(offer(2'048))
      .connect()
      .expect_resumed_chunk(2'048)
      .expect_chunk()
      .leaves_queued(1'000)
      .receive("1460")
      .close()
      .finishes_with(Errc::ConnectionClosed, ::testing::HasSubstr("after 3000 of 4000 bytes"));
}

}  // namespace
}  // namespace otatool::testing
