#include "otatool/esphome/session.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/espota/digest.hpp"

#include "tests/unit/esphome/conversation.hpp"

namespace otatool::esphome {
namespace {

using ::testing::HasSubstr;

std::string repeated(std::string_view text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) {
    result += text;
  }
  return result;
}

Plan with_password(std::string password = "secret") {
  Plan plan;
  plan.password = Secret(std::move(password));
  return plan;
}

// The vectors of esphome-ota.md 3.
const std::string kSha256Response =
    "647259f7e796931a0d0b5b31ae184a23cd8c8d34ec262ff9833706f2628646c5";
const std::string kMd5Response = "73353fbbcaf1967723b5e82be67c13f5";

TEST(EsphomeSession, UploadsToEachVersion) {
  for (const int version : {1, 2}) {
    for (const std::size_t size : {std::size_t{1}, kBlockBytes, std::size_t{20'000}}) {
      const std::string image = small_image(size);
      Conversation conversation({}, image);
      conversation.greeting(version).device({0x40, 0x41}).transfer(image, version).success();
      conversation.succeeds();
      conversation.fails_properly_at_each_step();
    }
  }
}

TEST(EsphomeSession, SendsTheKindOfTheImageToExtendedDevices) {
  Conversation conversation;
  conversation.greeting(2)
      .device({0x48, 0x02, 0x41})
      .transfer(small_image(), 2, bytes_of({0x00}))
      .success();
  conversation.succeeds();
  conversation.fails_properly_at_each_step();
}

TEST(EsphomeSession, SendsGzipWhenTheDeviceAsksForIt) {
  const std::string gzip = packed(small_image());
  Conversation legacy;
  legacy.greeting(2).device({0x46, 0x41}).transfer(gzip, 2).success();
  legacy.succeeds();
  Conversation extended;
  extended.greeting(2).device({0x48, 0x01, 0x41}).transfer(gzip, 2, bytes_of({0x00})).success();
  extended.succeeds();
}

TEST(EsphomeSession, OffersGzipOnlyIfThereIsSome) {
  Plan plan;
  plan.offer_gzip = false;
  Conversation conversation(plan);
  conversation.greeting(2, 0x06)
      .device({0x48, 0x01, 0x41})
      .transfer(small_image(), 2, bytes_of({0x00}))
      .success();
  conversation.succeeds();
}

TEST(EsphomeSession, AnswersSha256Challenges) {
  Conversation conversation(with_password());
  conversation.greeting(2)
      .device({0x40, 0x02})
      .device(repeated("ab", 32))
      .host(repeated("cd", 32) + kSha256Response)
      .device({0x41})
      .transfer(small_image(), 2)
      .success();
  conversation.succeeds();
  conversation.fails_properly_at_each_step();
}

TEST(EsphomeSession, AnswersMd5Challenges) {
  Conversation conversation(with_password());
  conversation.greeting(1)
      .device({0x40, 0x01})
      .device(repeated("ab", 16))
      .host(repeated("cd", 16) + kMd5Response)
      .device({0x41})
      .transfer(small_image(), 1)
      .success();
  conversation.succeeds();
  conversation.fails_properly_at_each_step();
}

TEST(EsphomeSession, RefusesMd5WhereSha256IsRequired) {
  Plan plan = with_password();
  plan.require_sha256 = true;
  Conversation(plan).greeting(2).device({0x40, 0x01}).fails(Errc::WeakChallenge);
}

TEST(EsphomeSession, FailsWithoutAPasswordWhereOneIsNeeded) {
  Conversation().greeting(2).device({0x40, 0x02}).fails(Errc::PasswordNeeded);
  Conversation().greeting(2).device({0x40, 0x01}).fails(Errc::PasswordNeeded);
}

TEST(EsphomeSession, ReportsARefusedPassword) {
  Conversation conversation(with_password("wrong"));
  conversation.greeting(2).device({0x40, 0x02}).device(repeated("ab", 32) + "\x82");
  conversation.fails(Errc::PasswordRefused);
}

TEST(EsphomeSession, RefusesAChallengeThatIsNotHexadecimal) {
  Conversation conversation(with_password());
  conversation.greeting(2).device({0x40, 0x02}).device("abcg");
  conversation.fails(Errc::UnknownChallenge);
}

TEST(EsphomeSession, SendsNothingBeforeTheGreeting) {
  Host host({}, small_image());
  EXPECT_EQ(host.take_sent(), bytes_of({0x6C, 0x26, 0xF7, 0x5C, 0x45}));
  host.time_out();
  EXPECT_EQ(host.error()->code(), Errc::NoAnswer);
}

TEST(EsphomeSession, RefusesOtherProtocols) {
  Conversation ssh;
  ssh.device("SSH-2.0-OpenSSH\r\n").fails(Errc::DeviceRefused);
  for (const int version : {0, 3, 127}) {
    Conversation other;
    other.device({0x00, version}).fails(Errc::DeviceRefused);
  }
}

TEST(EsphomeSession, StopsAtEachErrorByteOfEachStep) {
  struct Step {
    std::string name;
    std::string bytes;
  };
  const std::string challenge = "\x02" + repeated("ab", 32);
  const std::string begin = bytes_of({0x00, 0x02, 0x40});
  const std::string data = begin + bytes_of({0x41, 0x42, 0x43});
  const std::vector<Step> steps = {{"greeting", {}},
                                   {"version", bytes_of({0x00})},
                                   {"features", bytes_of({0x00, 0x02})},
                                   {"auth", begin},
                                   {"nonce", begin + challenge.substr(0, 9)},
                                   {"response", begin + challenge},
                                   {"size", begin + bytes_of({0x41})},
                                   {"md5", begin + bytes_of({0x41, 0x42})},
                                   {"data", data},
                                   {"blocks", data + bytes_of({0x47, 0x47})},
                                   {"end", data + bytes_of({0x47, 0x47, 0x44})}};
  const std::string image = small_image(kBlockBytes + 1);
  for (const Step& step : steps) {
    for (int fault = 0x80; fault <= 0xFF; ++fault) {
      Host host(with_password(), image);
      for (const char byte : step.bytes) {
        host.receive(std::string(1, byte));
      }
      ASSERT_FALSE(host.finished()) << step.name;
      host.receive(bytes_of({fault}));
      ASSERT_TRUE(host.finished()) << step.name << ' ' << fault;
      const Errc expected = fault == 0x82   ? Errc::PasswordRefused
                            : fault == 0x94 ? Errc::EncryptionNeeded
                                            : Errc::DeviceReported;
      EXPECT_EQ(host.error()->code(), expected) << step.name << ' ' << fault;
    }
  }
}

TEST(EsphomeSession, NamesTheErrorByte) {
  Host host({}, small_image());
  host.receive(bytes_of({0x00, 0x02, 0x40, 0x41, 0x89}));
  EXPECT_EQ(host.error()->message(),
            "the device reported error 89: its update partition is too small");
}

TEST(EsphomeSession, DoesNotWaitForAcknowledgements) {
  Host host({}, small_image());
  host.receive(bytes_of({0x00, 0x02, 0x40, 0x41, 0x42}));
  (void)host.take_sent();
  host.receive(bytes_of({0x43}));
  EXPECT_EQ(host.take_sent(), small_image()) << "the whole image is under way";
  EXPECT_EQ(host.session().delivered(), 0U);
  EXPECT_EQ(host.session().phase(), Phase::AwaitingVerdict);
  host.receive("\x47\x47");
  EXPECT_EQ(host.session().delivered(), 2 * kBlockBytes);
  host.receive("\x47");
  EXPECT_EQ(host.session().delivered(), small_image().size());
}

TEST(EsphomeSession, WaitsForAcknowledgementsInLockstep) {
  Plan plan;
  plan.lockstep = true;
  Host host(plan, small_image());
  host.receive(bytes_of({0x00, 0x02, 0x40, 0x41, 0x42}));
  (void)host.take_sent();
  host.receive(bytes_of({0x43}));
  EXPECT_EQ(host.take_sent(), small_image().substr(0, kBlockBytes));
  host.receive("\x47");
  EXPECT_EQ(host.take_sent(), small_image().substr(kBlockBytes, kBlockBytes));
  host.receive("\x47");
  EXPECT_EQ(host.take_sent(), small_image().substr(2 * kBlockBytes));
  host.receive("\x47\x44\x45");
  EXPECT_TRUE(host.finished());
  EXPECT_FALSE(host.error());
}

TEST(EsphomeSession, RefusesAnswersThatComeTooEarly) {
  const std::string data = bytes_of({0x00, 0x02, 0x40, 0x41, 0x42, 0x43});
  for (const std::string& early : {std::string("\x47\x47\x47\x47"), std::string("\x45")}) {
    Host host({}, small_image());
    host.receive(data);
    host.receive(early);
    ASSERT_TRUE(host.finished());
    EXPECT_EQ(host.error()->code(), Errc::DeviceRefused);
  }
  Host version_1({}, small_image());
  version_1.receive(bytes_of({0x00, 0x01, 0x40, 0x41, 0x42, 0x43, 0x47}));
  EXPECT_EQ(version_1.error()->code(), Errc::DeviceRefused);
}

/// One session whose writes take time.
class SlowHost : public ::testing::Test {
 protected:
  Action give(const Event& event) { return session_.next(event, Millis(0)); }
  Action receive(std::initializer_list<int> bytes) { return give(BytesReceived{bytes_of(bytes)}); }
  /// Up to the first block, which is under way.
  void start_transfer(int version = 2) {
    (void)give(Connected{});
    (void)give(Sent{});
    (void)receive({0x00, version});
    (void)give(Sent{});
    (void)receive({0x40, 0x41});
    (void)give(PayloadChosen{as_bytes(image_), std::string(32, 'a')});
    (void)give(Sent{});
    (void)receive({0x42});
    (void)give(Sent{});
    const Action action = receive({0x43});
    ASSERT_EQ(as_text(std::get<Send>(action).bytes), image_.substr(0, kBlockBytes));
  }
  static Errc code_of(const Action& action) { return std::get<Finish>(action).error->code(); }

  std::string image_ = small_image();
  Session session_{Plan{}, fixed_seed()};
};

TEST_F(SlowHost, SendsOneThingAfterTheOther) {
  EXPECT_TRUE(std::holds_alternative<Send>(give(Connected{})));
  EXPECT_TRUE(std::holds_alternative<Wait>(receive({0x00, 0x02}))) << "the magic is under way";
  const Action features = give(Sent{});
  EXPECT_EQ(as_text(std::get<Send>(features).bytes), "\x07");
}

TEST_F(SlowHost, CountsAcknowledgementsOfTheBlockThatIsUnderWay) {
  start_transfer();
  EXPECT_TRUE(std::holds_alternative<Wait>(receive({0x47})));
  EXPECT_EQ(session_.delivered(), kBlockBytes);
  EXPECT_EQ(code_of(receive({0x47})), Errc::DeviceRefused) << "of a block that was never sent";
}

TEST_F(SlowHost, TakesTheVerdictBeforeTheLastWriteIsReported) {
  start_transfer();
  (void)give(Sent{});
  (void)give(Sent{});
  EXPECT_TRUE(std::holds_alternative<Wait>(receive({0x47, 0x47, 0x47, 0x44, 0x45})));
  const Action farewell = give(Sent{});
  EXPECT_EQ(as_text(std::get<Send>(farewell).bytes), std::string(1, '\0'));
  EXPECT_FALSE(std::get<Finish>(give(Sent{})).error);
}

TEST_F(SlowHost, SucceedsAlthoughItsLastByteIsLost) {
  start_transfer();
  (void)give(Sent{});
  (void)give(Sent{});
  (void)give(Sent{});
  (void)receive({0x47, 0x47, 0x47, 0x44, 0x45});
  EXPECT_FALSE(std::get<Finish>(give(Closed{true})).error);
}

TEST_F(SlowHost, MayRepeatUntilTheLastBlockIsUnderWay) {
  start_transfer();
  (void)give(Sent{});
  Session before = std::move(session_);
  EXPECT_EQ(code_of(before.next(Closed{true}, Millis(0))), Errc::ConnectionReset);
}

TEST_F(SlowHost, DoesNotRepeatOnceTheLastBlockIsUnderWay) {
  start_transfer();
  (void)give(Sent{});
  (void)give(Sent{});
  const Action action = give(Closed{true});
  EXPECT_EQ(code_of(action), Errc::VerdictLost);
  EXPECT_THAT(std::get<Finish>(action).error->message(), HasSubstr("all 20000 bytes were sent"));
}

TEST_F(SlowHost, CountsBytesOfVersion1ByTcp) {
  start_transfer(1);
  (void)give(Sent{3'000});
  EXPECT_EQ(session_.delivered(), kBlockBytes - 3'000);
}

TEST_F(SlowHost, ExtendsItsDeadlineWithEachStep) {
  const Millis start{0};
  EXPECT_EQ(std::get<Send>(session_.next(Connected{}, start)).deadline, Millis(20'000));
  (void)session_.next(Sent{}, start);
  (void)session_.next(BytesReceived{bytes_of({0x00, 0x02})}, Millis(15'000));
  EXPECT_EQ(session_.limit(), Millis(35'000));
  (void)session_.next(Sent{}, Millis(16'000));
  (void)session_.next(BytesReceived{bytes_of({0x40, 0x41})}, Millis(17'000));
  (void)session_.next(PayloadChosen{as_bytes(image_), std::string(32, 'a')}, Millis(18'000));
  EXPECT_EQ(session_.limit(), Millis(108'000));
}

TEST_F(SlowHost, EndsWhenThereIsNoPayload) {
  (void)give(Connected{});
  (void)give(Sent{});
  (void)receive({0x00, 0x02});
  (void)give(Sent{});
  const Action choice = receive({0x40, 0x41});
  EXPECT_FALSE(std::get<ChoosePayload>(choice).gzip);
  EXPECT_EQ(code_of(give(PayloadRefused{Error(Errc::WrongKind, "packed")})), Errc::WrongKind);
}

}  // namespace
}  // namespace otatool::esphome
