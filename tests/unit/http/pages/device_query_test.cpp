#include "http/pages/device_query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::http {
namespace {

TEST(DeviceQuery, ReadsAndWritesItsValues) {
  const auto query =
      read_device_query("q=a+b%26&state=not-applied&version=1.0%20x&chip=esp32&sort=-seen&page=3");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->search, "a b&");
  EXPECT_EQ(query->state, fleet::State::NotApplied);
  EXPECT_EQ(query->version, "1.0 x");
  EXPECT_EQ(query->chip, ChipFamily::Esp32);
  EXPECT_EQ(query->sort, Column::Seen);
  EXPECT_TRUE(query->descending);
  EXPECT_EQ(query->page, 3U);
  EXPECT_EQ(to_query(*query),
            "?q=a%20b%26&state=not-applied&version=1.0%20x&chip=esp32&sort=-seen&page=3");
}

TEST(DeviceQuery, EmptyValuesCountAsMissing) {
  const auto query = read_device_query("q=&state=&version=&chip=&sort=&page=");
  ASSERT_TRUE(query);
  EXPECT_EQ(to_query(*query), "?");
  EXPECT_EQ(to_query(*read_device_query("version=(none)")), "?version=%28none%29");
}

TEST(DeviceQuery, RefusesWhatItDoesNotKnow) {
  for (const char* text : {"state=good",
                           "state=unknown",
                           "chip=avr",
                           "sort=colour",
                           "sort=-",
                           "page=0",
                           "page=-1",
                           "page=x",
                           "page=99999999999999999999"}) {
    EXPECT_FALSE(read_device_query(text)) << text;
  }
}

TEST(DeviceQuery, MatchesPartsInAnyCase) {
  fleet::Device device;
  device.mac = *fleet::parse_mac("5C:CF:7F:01:02:AB");
  device.address = "192.168.1.20";
  device.version = "1.2.3-Beta";
  device.state = fleet::State::Waiting;
  for (const char* text : {"", "q=KIT", "q=02%3aab", "q=168.1.2", "q=beta", "state=waiting"}) {
    EXPECT_TRUE(matches(*read_device_query(text), device, "Kitchen")) << text;
  }
  for (const char* text :
       {"q=kitchens", "q=hall", "state=current", "version=1.2.3", "version=(none)", "chip=esp32"}) {
    EXPECT_FALSE(matches(*read_device_query(text), device, "Kitchen")) << text;
  }
  device.version.clear();
  EXPECT_TRUE(matches(*read_device_query("version=(none)"), device, ""));
}

TEST(NaturalKey, OrdersNumbersByTheirValue) {
  const std::vector<std::string> ordered = {
      "", "1.2", "1.9", "1.10", "1.10.1", "2", "10", "192.168.1.9", "192.168.1.10", "a", "B", "c"};
  for (std::size_t i = 1; i < ordered.size(); ++i) {
    EXPECT_LT(natural_key(ordered[i - 1]), natural_key(ordered[i])) << ordered[i];
  }
  EXPECT_EQ(natural_key("007"), natural_key("7"));
  EXPECT_EQ(natural_key("0"), natural_key("000"));
  EXPECT_LE(natural_key(std::string(5000, 'x')).size(), 100U);
  EXPECT_TRUE(VersionLess()("007", "7"));
  EXPECT_FALSE(VersionLess()("7", "7"));
}

}  // namespace
}  // namespace otatool::http
