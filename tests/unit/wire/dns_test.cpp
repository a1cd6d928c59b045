#include "otatool/wire/dns.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace otatool::wire {
namespace {

using namespace std::string_literals;

constexpr std::array<DnsLabel, 3> kService = {{{"_ota", 4}, {"_tcp", 4}, {"local", 5}}};
constexpr std::array<DnsLabel, 2> kUpperCase = {{{"_TCP", 4}, {"LOCAL", 5}}};
const std::string kServiceBytes = "\4_ota\4_tcp\5local\0"s;

class DnsNames : public ::testing::Test {
 protected:
  DnsNames() {
    for (std::size_t i = 0; i < kDnsHeaderSize / 4; ++i) {
      writer_.number(std::uint32_t{0});
    }
  }

  /// The bytes after the header.
  [[nodiscard]] std::string body() const {
    const std::string all(buffer_.begin(), buffer_.end());
    return all.substr(kDnsHeaderSize, writer_.length() - kDnsHeaderSize);
  }

  std::array<std::uint8_t, 44> buffer_{};
  DnsWriter<4> writer_{buffer_.data(), buffer_.size()};
};

TEST_F(DnsNames, AreCompressedIgnoringCase) {
  writer_.name(kService.data(), 3, true);
  writer_.name(kUpperCase.data(), 2, true);
  EXPECT_EQ(body(), kServiceBytes + "\xC0\x11");
  writer_.name(kUpperCase.data(), 2, false);
  EXPECT_EQ(body(), kServiceBytes + "\xC0\x11\4_TCP\5LOCAL\0"s);
}

TEST_F(DnsNames, ThatDoNotFitAreRemovedByRewind) {
  writer_.name(kService.data(), 3, false);
  const std::size_t end = writer_.length();
  writer_.name(kService.data(), 3, false);
  EXPECT_TRUE(writer_.overflowed());
  writer_.rewind(end);
  EXPECT_FALSE(writer_.overflowed());
  EXPECT_EQ(body(), kServiceBytes);
  writer_.rewind(kDnsHeaderSize);
  writer_.name(kUpperCase.data(), 2, true);
  EXPECT_EQ(body(), "\4_TCP\5LOCAL\0"s) << "a pointer to a removed name";
}

TEST_F(DnsNames, AreReadThroughPointers) {
  writer_.name(kService.data(), 3, true);
  writer_.name(kUpperCase.data(), 2, true);
  const DnsReader reader(buffer_.data(), writer_.length());
  EXPECT_TRUE(reader.name_is(kDnsHeaderSize, kService.data(), 3));
  EXPECT_TRUE(reader.name_is(kDnsHeaderSize + kServiceBytes.size(), kService.data() + 1, 2));
  EXPECT_FALSE(reader.name_is(kDnsHeaderSize, kService.data(), 2));
  EXPECT_FALSE(reader.name_is(kDnsHeaderSize, kService.data() + 1, 2));
}

TEST(DnsReader, RefusesPointersThatDoNotPointBackwards) {
  for (const std::string& bytes : {"\xC0\0"s, "\xC0\1\0"s, "\1a\xC0\0"s, "\xC0"s}) {
    const DnsReader reader(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    std::size_t at = 0;
    std::size_t limit = 0;
    DnsLabel label{};
    while (reader.label(at, limit, label)) {
      ASSERT_EQ(label.length, 1U);
    }
  }
}

}  // namespace
}  // namespace otatool::wire
