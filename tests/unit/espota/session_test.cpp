#include "otatool/espota/session.hpp"

#include <string>

#include <gtest/gtest.h>

namespace otatool::espota {
namespace {

Plan plan_with_password() {
  Plan plan;
  plan.image_size = 100;
  plan.image_md5 = std::string(32, 'a');
  plan.host_port = 1;
  plan.device_ports = {8266};
  plan.credentials.password = Secret("secret");
  return plan;
}

TEST(Session, EndsAfterTooManyChallenges) {
  Session session(plan_with_password(), {});
  Action action = session.next(Started{}, Millis(0));
  int challenges = 0;
  while (!std::holds_alternative<Finish>(action)) {
    ASSERT_LT(challenges, 100);
    const std::string digits = std::to_string(++challenges);
    const std::string nonce = std::string(32 - digits.size(), '0') + digits;
    action = session.next(DatagramReceived{"AUTH " + nonce, 8266}, Millis(challenges));
  }
  ASSERT_TRUE(std::get<Finish>(action).error);
  EXPECT_EQ(std::get<Finish>(action).error->code(), Errc::SilentAfterAuth);
}

TEST(Session, PausesAtTheLimitOfUnansweredBytes) {
  Plan plan = plan_with_password();
  plan.image_size = 1'000'000;
  const std::size_t limit = 10 * 1460;
  plan.unanswered_limit = limit;
  Session session(std::move(plan), {});
  std::ignore = session.next(Started{}, Millis(0));
  Action action = session.next(DeviceConnected{1460}, Millis(1));
  std::size_t sent = 0;
  while (const auto* chunk = std::get_if<SendChunk>(&action)) {
    EXPECT_EQ(chunk->offset, sent);
    sent += chunk->size;
    action = session.next(ChunkSent{0}, Millis(2));
  }
  EXPECT_EQ(sent, limit);
  action = session.next(BytesReceived{"1460", 0}, Millis(3));
  EXPECT_TRUE(std::holds_alternative<SendChunk>(action));
}

TEST(Session, CountsOnlyAcknowledgedBytes) {
  Plan plan = plan_with_password();
  plan.image_size = 3'000;
  Session session(std::move(plan), {});
  std::ignore = session.next(Started{}, Millis(0));
  std::ignore = session.next(DeviceConnected{1460}, Millis(1));
  std::ignore = session.next(ChunkSent{1'000}, Millis(2));
  EXPECT_EQ(session.delivered(), 460U);
  const Action action = session.next(Closed{true, 900}, Millis(3));
  ASSERT_TRUE(std::holds_alternative<Finish>(action));
  EXPECT_EQ(std::get<Finish>(action).error->code(), Errc::ConnectionReset);
  EXPECT_NE(std::get<Finish>(action).error->message().find("560 of 3000"), std::string::npos);
}

TEST(Session, DeliveredBytesNeverDecrease) {
  Plan plan = plan_with_password();
  plan.image_size = 3'000;
  Session session(std::move(plan), {});
  std::ignore = session.next(Started{}, Millis(0));
  std::ignore = session.next(DeviceConnected{1460}, Millis(1));
  std::ignore = session.next(ChunkSent{0}, Millis(2));
  EXPECT_EQ(session.delivered(), 1460U);
  // The kernel has half of the next chunk, but ChunkSent has not come yet.
  std::ignore = session.next(BytesReceived{"1460", 730}, Millis(3));
  EXPECT_EQ(session.delivered(), 1460U);
}

TEST(Session, ReportsThatThisComputerCannotSend) {
  Session session(plan_with_password(), {});
  Millis now(0);
  Action action = session.next(Started{}, now);
  while (const auto* invitation = std::get_if<SendDatagram>(&action)) {
    const Millis deadline = invitation->deadline;
    action = session.next(SendRefused{"Operation not permitted"}, now);
    now = deadline;
    action = session.next(TimedOut{0}, now);
  }
  ASSERT_TRUE(std::holds_alternative<Finish>(action));
  const Error& error = *std::get<Finish>(action).error;
  EXPECT_EQ(error.code(), Errc::NetworkFailed);
  EXPECT_NE(error.message().find("sending failed on this computer: Operation not permitted"),
            std::string::npos);
}

}  // namespace
}  // namespace otatool::espota
