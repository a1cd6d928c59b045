#include "otatool/wire/ota_txt.hpp"

#include <list>
#include <string>
#include <string_view>

#include <gmock/gmock.h>

namespace otatool::wire {
namespace {

using testing::ElementsAre;

/// A record of these strings.
std::string record(std::initializer_list<std::string_view> entries) {
  std::string bytes;
  for (const std::string_view entry : entries) {
    bytes.push_back(static_cast<char>(entry.size()));
    bytes += entry;
  }
  return bytes;
}

bool parse(const std::string& bytes, OtaTxt& out) {
  return parse_ota_txt(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), out);
}

OtaTxt parsed(const std::string& bytes) {
  static std::list<std::string> kept;  // the texts of the result point into it
  OtaTxt txt;
  EXPECT_TRUE(parse(kept.emplace_back(bytes), txt));
  return txt;
}

std::string_view view(const TxtText& text) {
  return {text.text, text.length};
}

TxtText text(std::string_view view) {
  return {view.data(), view.size()};
}

std::string format(const OtaTxt& txt, std::size_t capacity = kMaxOtaTxtLength) {
  std::string buffer(capacity, '\0');
  buffer.resize(format_ota_txt(txt, reinterpret_cast<std::uint8_t*>(buffer.data()), capacity));
  return buffer;
}

TEST(OtaTxt, EmptyRecordHasTheDefaults) {
  const OtaTxt txt = parsed("");
  EXPECT_TRUE(txt.tcp_check);
  EXPECT_TRUE(txt.ssh_upload);
  EXPECT_FALSE(txt.auth_upload);
  EXPECT_EQ(txt.board.length, 0U);
  EXPECT_EQ(txt.gzip, Known::Unknown);
  EXPECT_EQ(txt.signature, TxtSignature::Unknown);
  EXPECT_FALSE(txt.has_fingerprint);
  EXPECT_FALSE(txt.has_space);
  EXPECT_EQ(txt.chip, ChipFamily::Unknown);
  EXPECT_EQ(txt.seen, 0U);
}

TEST(OtaTxt, ReadsWhatTheCoresSend) {
  const std::string esp8266 =
      record({"tcp_check=no", "ssh_upload=no", "board=d1_mini", "auth_upload=yes"});
  const std::string esp32 =
      record({"board=esp32", "tcp_check=no", "ssh_upload=no", "auth_upload=no"});
  const OtaTxt first = parsed(esp8266);
  EXPECT_FALSE(first.tcp_check);
  EXPECT_FALSE(first.ssh_upload);
  EXPECT_TRUE(first.auth_upload);
  EXPECT_EQ(view(first.board), "d1_mini");
  EXPECT_EQ(first.gzip, Known::Unknown);
  const OtaTxt second = parsed(esp32);
  EXPECT_FALSE(second.auth_upload);
  EXPECT_EQ(view(second.board), "esp32");
}

TEST(OtaTxt, WritesTheStockKeysInTheOrderOfTheEsp8266Core) {
  OtaTxt txt;
  txt.tcp_check = false;
  txt.ssh_upload = false;
  txt.board = text("d1_mini");
  EXPECT_EQ(format(txt),
            record({"tcp_check=no", "ssh_upload=no", "board=d1_mini", "auth_upload=no"}));
}

TEST(OtaTxt, CapabilitiesSurviveTheirJourney) {
  OtaTxt txt;
  txt.gzip = Known::Yes;
  txt.signature = TxtSignature::RsaSha256;
  txt.has_fingerprint = true;
  for (std::size_t i = 0; i < kTxtFingerprintSize; ++i) {
    txt.fingerprint[i] = static_cast<std::uint8_t>(0xF0 + i);
  }
  txt.version = text("1.2.3");
  txt.has_space = true;
  txt.space = 4294967295U;
  txt.layout = text("4m2m");
  txt.application = text("1.2");
  txt.md5 = text("00112233445566778899aabbccddeeff");
  txt.chip = ChipFamily::Esp32;
  txt.delta = Known::Yes;
  const std::string bytes = format(txt);
  EXPECT_EQ(bytes,
            record({"tcp_check=yes",
                    "ssh_upload=yes",
                    "board=",
                    "auth_upload=no",
                    "gz=1",
                    "sig=rsa-sha256",
                    "keyfp=f0f1f2f3f4f5f6f7",
                    "ver=1.2.3",
                    "space=4294967295",
                    "layout=4m2m",
                    "chip=esp32",
                    "app=1.2",
                    "md5=00112233445566778899aabbccddeeff",
                    "delta=1"}));
  const OtaTxt back = parsed(bytes);
  EXPECT_EQ(back.delta, Known::Yes);
  EXPECT_EQ(back.gzip, Known::Yes);
  EXPECT_EQ(back.signature, TxtSignature::RsaSha256);
  ASSERT_TRUE(back.has_fingerprint);
  EXPECT_THAT(back.fingerprint, ElementsAre(0xF0, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7));
  EXPECT_EQ(view(back.version), "1.2.3");
  ASSERT_TRUE(back.has_space);
  EXPECT_EQ(back.space, 4294967295U);
  EXPECT_EQ(view(back.layout), "4m2m");
  EXPECT_EQ(view(back.application), "1.2");
  EXPECT_EQ(view(back.md5), "00112233445566778899aabbccddeeff");
  EXPECT_EQ(back.chip, ChipFamily::Esp32);
  EXPECT_EQ(format(back), bytes);
}

TEST(OtaTxt, SaysNoAsWellAsYes) {
  OtaTxt txt;
  txt.gzip = Known::No;
  txt.signature = TxtSignature::None;
  txt.chip = ChipFamily::Esp8266;
  const OtaTxt back = parsed(format(txt));
  EXPECT_EQ(back.gzip, Known::No);
  EXPECT_EQ(back.signature, TxtSignature::None);
  EXPECT_EQ(back.chip, ChipFamily::Esp8266);
}

TEST(OtaTxt, KeysAndWordsHaveNoCaseAndQuotesGo) {
  const OtaTxt txt =
      parsed(record({"TCP_Check=NO", "board=\"ESP8266_WEMOS_D1MINILITE\"", "auth_upload=\"Yes\""}));
  EXPECT_FALSE(txt.tcp_check);
  EXPECT_TRUE(txt.auth_upload);
  EXPECT_EQ(view(txt.board), "ESP8266_WEMOS_D1MINILITE");
  EXPECT_EQ(parsed(record({"board=\""})).board.length, 0U);
}

TEST(OtaTxt, FirstOfEqualKeysCounts) {
  const OtaTxt txt = parsed(record({"board=one", "BOARD=two", "gz=x", "gz=1"}));
  EXPECT_EQ(view(txt.board), "one");
  EXPECT_EQ(txt.gzip, Known::Unknown);
}

TEST(OtaTxt, UnusableValuesAndForeignKeysAreNoNews) {
  const OtaTxt txt = parsed(record({"upload_ssh=no",
                                    "tcp_check=perhaps",
                                    "auth_upload",
                                    "gz=2",
                                    "sig=",
                                    "keyfp=f0f1f2f3f4f5f6",
                                    "space=4294967296",
                                    "chip=esp99",
                                    "=",
                                    ""}));
  EXPECT_TRUE(txt.tcp_check);
  EXPECT_FALSE(txt.auth_upload);
  EXPECT_EQ(txt.gzip, Known::Unknown);
  EXPECT_EQ(txt.signature, TxtSignature::Unknown);
  EXPECT_FALSE(txt.has_fingerprint);
  EXPECT_FALSE(txt.has_space);
  EXPECT_EQ(txt.chip, ChipFamily::Unknown);
  EXPECT_FALSE(parsed(record({"keyfp=f0f1f2f3f4f5f6fg"})).has_fingerprint);
  EXPECT_FALSE(parsed(record({"space=", "space=7"})).has_space);
  EXPECT_FALSE(parsed(record({"space=1x"})).has_space);
}

TEST(OtaTxt, UnknownSignatureSchemeIsASchemeNevertheless) {
  EXPECT_EQ(parsed(record({"sig=ed25519"})).signature, TxtSignature::Other);
}

TEST(OtaTxt, RecordCutOffAnywhereKeepsWhatWasWhole) {
  const std::string whole = record({"board=one", "gz=1"});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    OtaTxt txt;
    const std::string part = whole.substr(0, length);
    const bool complete = parse(part, txt);
    const std::size_t first = sizeof("board=one");
    EXPECT_EQ(complete, length == 0 || length == first) << length;
    EXPECT_EQ(view(txt.board), length >= first ? "one" : "") << length;
    EXPECT_EQ(txt.gzip, Known::Unknown) << length;
  }
}

TEST(OtaTxt, RefusesToWriteWhatDoesNotFit) {
  OtaTxt txt;
  txt.board = text("d1_mini");
  const std::string whole = format(txt);
  EXPECT_EQ(format(txt, whole.size()), whole);
  for (std::size_t capacity = 0; capacity < whole.size(); ++capacity) {
    EXPECT_EQ(format(txt, capacity), "") << capacity;
  }
  const std::string longest(kMaxTxtValue, 'b');
  txt.board = text(longest);
  txt.version = text(longest);
  txt.layout = text(longest);
  txt.application = text(longest);
  txt.md5 = text(longest);
  txt.gzip = Known::Yes;
  txt.signature = TxtSignature::RsaSha256;
  txt.has_fingerprint = true;
  txt.has_space = true;
  txt.space = 4294967295U;
  txt.chip = ChipFamily::Esp8266;
  EXPECT_GT(format(txt).size(), 300U);
  const std::string too_long(kMaxTxtValue + 1, 'b');
  txt.board = text(too_long);
  EXPECT_EQ(format(txt), "");
}

}  // namespace
}  // namespace otatool::wire
