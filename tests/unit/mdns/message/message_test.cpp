#include "otatool/mdns/message.hpp"

#include <gmock/gmock.h>

namespace otatool::mdns {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;

using Packet = std::vector<std::uint8_t>;

Name name(std::string_view text) {
  return Name::parse(text).value();
}

Packet packet_of(const std::string& bytes) {
  return {bytes.begin(), bytes.end()};
}

/// The answer of an ESP32: all records in one packet.
Message device_answer() {
  const Name type = name("_arduino._tcp.local");
  const Name instance = name("kitchen._arduino._tcp.local");
  const Name host = name("kitchen.local");
  Message message{.id = 0x1234, .response = true};
  message.answers.push_back(
      {.name = type, .type = RecordType::Ptr, .ttl = 4500, .data = Pointer{instance}});
  message.additionals.push_back({.name = instance,
                                 .type = RecordType::Srv,
                                 .ttl = 120,
                                 .cache_flush = true,
                                 .data = Service{.port = 3232, .host = host}});
  message.additionals.push_back({.name = instance,
                                 .type = RecordType::Txt,
                                 .ttl = 4500,
                                 .cache_flush = true,
                                 .data = Text{{"board=esp32", "auth_upload=yes"}}});
  message.additionals.push_back({.name = host,
                                 .type = RecordType::A,
                                 .ttl = 120,
                                 .cache_flush = true,
                                 .data = Ipv4{{192, 168, 1, 7}}});
  message.additionals.push_back(
      {.name = host, .type = RecordType::Aaaa, .ttl = 120, .data = Ipv6{{0xFE, 0x80}}});
  return message;
}

TEST(Message, WritesAQuestionByteByByte) {
  MessageWriter writer({.id = 7});
  ASSERT_TRUE(writer.add(Question{.name = name("_a._tcp.local"), .unicast_reply = true}));
  EXPECT_EQ(writer.packet(),
            packet_of("\0\7\0\0\0\1\0\0\0\0\0\0\2_a\4_tcp\5local\0\0\x0C\x80\x01"s));
}

TEST(Message, ReadsWhatItWrote) {
  const Packet packet = write_message(device_answer()).value();
  const Message read = read_message(packet).value();
  EXPECT_EQ(read.id, 0x1234);
  EXPECT_TRUE(read.response);
  ASSERT_EQ(read.answers.size(), 1U);
  EXPECT_EQ(std::get<Pointer>(read.answers[0].data).target, name("kitchen._arduino._tcp.local"));
  EXPECT_EQ(read.answers[0].ttl, 4500U);
  ASSERT_EQ(read.additionals.size(), 4U);
  const auto& service = std::get<Service>(read.additionals[0].data);
  EXPECT_EQ(service.port, 3232);
  EXPECT_EQ(service.host, name("kitchen.local"));
  EXPECT_TRUE(read.additionals[0].cache_flush);
  EXPECT_THAT(std::get<Text>(read.additionals[1].data).strings,
              ElementsAre("board=esp32", "auth_upload=yes"));
  EXPECT_EQ(std::get<Ipv4>(read.additionals[2].data), (Ipv4{{192, 168, 1, 7}}));
  EXPECT_EQ(std::get<Ipv6>(read.additionals[3].data), (Ipv6{{0xFE, 0x80}}));
}

TEST(Message, CompressesNames) {
  const Packet packet = write_message(device_answer()).value();
  const std::string text(packet.begin(), packet.end());
  EXPECT_EQ(text.find("local"), text.rfind("local"));
  EXPECT_EQ(text.find("_arduino"), text.rfind("_arduino"));
}

TEST(Message, SkipsRecordsThatDoNotFit) {
  MessageWriter writer({}, 60);
  const Question question{.name = name("_arduino._tcp.local")};
  ASSERT_TRUE(writer.add(question));
  const Packet before = writer.packet();
  const Record large{.name = name("some-long-name._arduino._tcp.local"),
                     .data = Pointer{name("another.local")}};
  EXPECT_FALSE(writer.add_answer(large));
  EXPECT_EQ(writer.packet(), before);
  // No compression pointer may lead to the skipped record.
  ASSERT_TRUE(writer.add(Question{.name = name("another.local")}));
  EXPECT_EQ(read_message(writer.packet()).value().questions.back().name, name("another.local"));
}

/// A response with one TXT record of the root name.
Packet text_record(std::uint8_t record_class, const std::string& data) {
  Packet packet = packet_of("\0\0\x84\0\0\0\0\1\0\0\0\0\0\0\x10\0"s);
  packet.push_back(record_class);
  packet.insert(packet.end(), {0, 0, 0, 120, 0, static_cast<std::uint8_t>(data.size())});
  packet.insert(packet.end(), data.begin(), data.end());
  return packet;
}

TEST(Message, KeepsTheTextsBeforeOneThatIsTooLong) {
  for (const std::string& last : {"\3cd"s, "\4cd"s, "\xFF"s, "\1"s}) {
    const Message read = read_message(text_record(1, "\2ab" + last)).value();
    EXPECT_THAT(std::get<Text>(read.answers.at(0).data).strings, ElementsAre("ab"));
  }
}

TEST(Message, LeavesOutRecordsOfOtherClasses) {
  EXPECT_EQ(read_message(text_record(1, "\2ab")).value().answers.size(), 1U);
  for (const std::uint8_t other : {std::uint8_t{3}, std::uint8_t{4}, std::uint8_t{255}}) {
    EXPECT_TRUE(read_message(text_record(other, "\2ab")).value().answers.empty());
  }
}

TEST(Message, RefusesEveryPrefixOfAPacket) {
  const Packet packet = write_message(device_answer()).value();
  for (std::size_t length = 0; length < packet.size(); ++length) {
    EXPECT_FALSE(read_message(Bytes(packet).first(length))) << length;
  }
}

TEST(Message, SurvivesAnyChangedByte) {
  const Packet packet = write_message(device_answer()).value();
  for (std::size_t at = 0; at < packet.size(); ++at) {
    for (const unsigned value : {0x00U, 0x01U, 0x3FU, 0x40U, 0x80U, 0xC0U, 0xFFU}) {
      Packet broken = packet;
      broken[at] = static_cast<std::uint8_t>(value);
      const auto read = read_message(broken);
      EXPECT_TRUE(read || read.error().code() == Errc::NetworkFailed);
    }
  }
}

/// A packet with one question whose name is `bytes`.
Packet with_question_name(const std::string& bytes) {
  return packet_of("\0\0\0\0\0\1\0\0\0\0\0\0"s + bytes + "\0\x0C\0\1"s);
}

TEST(Message, RefusesPointersThatDoNotPointBackwards) {
  const std::string to_itself = "\xC0\x0C"s;
  EXPECT_FALSE(read_message(with_question_name(to_itself)));
  EXPECT_FALSE(read_message(with_question_name("\1a\xC0\x0C"s)));
  EXPECT_FALSE(read_message(with_question_name("\xC0\x0E\0"s)));
  EXPECT_FALSE(read_message(with_question_name("\xC0\xFF"s)));
  EXPECT_FALSE(read_message(with_question_name("\xC0"s)));
}

TEST(Message, RefusesReservedLabelKinds) {
  EXPECT_FALSE(read_message(with_question_name("\x41"s + std::string(0x41, 'x') + "\0"s)));
  EXPECT_FALSE(read_message(with_question_name("\x81"s + std::string(0x41, 'x') + "\0"s)));
}

TEST(Message, RefusesNamesOfMoreThan255Bytes) {
  const std::string label = "\x3F"s + std::string(63, 'x');
  const std::string three = label + label + label;
  EXPECT_TRUE(read_message(with_question_name(three + "\x3D"s + std::string(61, 'y') + "\0"s)));
  EXPECT_FALSE(read_message(with_question_name(three + "\x3E"s + std::string(62, 'y') + "\0"s)));
}

TEST(Message, RefusesCountsBeyondThePacketWithoutAllocating) {
  EXPECT_FALSE(read_message(packet_of("\0\0\x84\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s)));
}

TEST(Message, SkipsOtherClasses) {
  const std::string chaos = "\0\0\0\0\0\2\0\0\0\0\0\0\1a\0\0\x0C\0\3\1b\0\0\x0C\0\1"s;
  const Message read = read_message(packet_of(chaos)).value();
  ASSERT_EQ(read.questions.size(), 1U);
  EXPECT_EQ(read.questions[0].name, name("b"));
}

TEST(Message, KeepsUnknownRecordsAsBytes) {
  Message message{.response = true};
  message.answers.push_back(
      {.name = name("a.local"), .type = RecordType::Nsec, .data = OtherData{{1, 2, 3}}});
  const Message read = read_message(write_message(message).value()).value();
  EXPECT_EQ(std::get<OtherData>(read.answers.at(0).data).bytes, (Packet{1, 2, 3}));
}

TEST(Message, RefusesDataOfAnotherLengthThanAnnounced) {
  const std::string head = "\0\0\x84\0\0\0\0\1\0\0\0\0\1a\0"s;
  const std::string ttl = "\0\0\0\x78"s;
  EXPECT_TRUE(read_message(packet_of(head + "\0\1\0\1"s + ttl + "\0\4\x7F\0\0\1"s)));
  EXPECT_FALSE(read_message(packet_of(head + "\0\1\0\1"s + ttl + "\0\3\x7F\0\0"s)));
  EXPECT_FALSE(read_message(packet_of(head + "\0\x0C\0\1"s + ttl + "\0\4\1b\0\0"s)));
  EXPECT_FALSE(read_message(packet_of(head + "\0\x21\0\1"s + ttl + "\0\4\0\0\0\0"s)));
}

TEST(Message, AMalformedTextDoesNotHideTheOtherRecords) {
  const std::string head = "\0\0\x84\0\0\0\0\2\0\0\0\0"s;
  const std::string ttl = "\0\0\0\x78"s;
  const std::string text = "\1a\0\0\x10\0\1"s + ttl + "\0\4\1b\5x"s;
  const std::string address = "\1a\0\0\1\0\1"s + ttl + "\0\4\x7F\0\0\1"s;
  const auto message = read_message(packet_of(head + text + address));
  ASSERT_TRUE(message);
  ASSERT_EQ(message->answers.size(), 2U);
  EXPECT_EQ(std::get<Text>(message->answers[0].data).strings, std::vector<std::string>{"b"});
  EXPECT_EQ(message->answers[1].type, RecordType::A);
}

TEST(Message, NamesTheOffsetOfTheError) {
  const auto read = read_message(with_question_name("\xC0\x0C"s));
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message(), HasSubstr("at byte 12"));
}

TEST(Message, AnEmptyTextRecordHasOneEmptyString) {
  Message message{.response = true};
  message.answers.push_back({.name = name("a.local"), .type = RecordType::Txt, .data = Text{}});
  const Packet packet = write_message(message).value();
  EXPECT_EQ(packet.back(), 0);
  EXPECT_TRUE(std::get<Text>(read_message(packet).value().answers.at(0).data).strings.empty());
}

}  // namespace
}  // namespace otatool::mdns
