#include "otatool/wire/dns.hpp"

#include <array>
#include <string>
#include <vector>

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
    DnsPlace place(0);
    DnsLabel label{};
    while (reader.label(place, label)) {
      ASSERT_EQ(label.length, 1U);
    }
  }
}

TEST(DnsReader, FollowsOnlySomePointersInAName) {
  // The root label, and a chain of pointers that ends at it.
  for (const unsigned pointers : {1U, 16U, 17U, 4000U}) {
    std::string bytes("\0\0", 2);
    for (std::size_t target = 0; bytes.size() / 2 <= pointers; target = bytes.size() - 2) {
      bytes += static_cast<char>(0xC0 | target >> 8);
      bytes += static_cast<char>(target & 0xFF);
    }
    const DnsReader reader(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    DnsPlace place(bytes.size() - 2);
    DnsLabel label{};
    EXPECT_EQ(reader.label(place, label), pointers <= kMostDnsPointers) << pointers;
    EXPECT_LE(place.pointers, kMostDnsPointers);
  }
  std::string spread("\0", 1);
  std::size_t last = 0;
  for (unsigned labels = 1; labels <= kMostDnsPointers + 1U; ++labels) {
    const std::size_t here = spread.size();
    spread += "\1a";
    spread += static_cast<char>(0xC0);
    spread += static_cast<char>(last);
    last = here;
    std::vector<DnsLabel> names(labels, DnsLabel{"a", 1});
    const DnsReader reader(reinterpret_cast<const std::uint8_t*>(spread.data()), spread.size());
    EXPECT_EQ(reader.name_is(here, names.data(), labels), labels <= kMostDnsPointers) << labels;
  }
}

}  // namespace
}  // namespace otatool::wire
