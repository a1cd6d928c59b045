#include "mdns/search/host_table.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace otatool::mdns {
namespace {

Message addresses_of(const std::string& host, const std::vector<Ipv4>& addresses) {
  Message message{.response = true};
  for (const Ipv4& address : addresses) {
    message.answers.push_back(
        {.name = Name::parse(host).value(), .type = RecordType::A, .ttl = 120, .data = address});
  }
  return message;
}

Origin from(const Ipv4& source) {
  return {.link = 1, .interface = "eth0", .source = Ip(source)};
}

TEST(HostTable, TakesLoopbackAddressesFromThisComputerOnly) {
  const Name host = Name::parse("d1.local").value();
  const Message message = addresses_of("d1.local", {Ipv4{{127, 0, 0, 1}}});
  HostTable table;
  EXPECT_TRUE(table.take(message, from(Ipv4{{192, 0, 2, 1}}), Millis(0), false).empty());
  EXPECT_TRUE(table.addresses(host).empty());
  EXPECT_FALSE(table.take(message, from(Ipv4{{127, 0, 0, 1}}), Millis(0), false).empty());
  EXPECT_EQ(table.addresses(host).size(), 1U);
}

TEST(HostTable, TakesNoAddressThatNobodyHas) {
  HostTable table;
  const Message message = addresses_of(
      "d1.local", {Ipv4{{0, 0, 0, 0}}, Ipv4{{224, 0, 0, 251}}, Ipv4{{255, 255, 255, 255}}});
  EXPECT_TRUE(table.take(message, from(Ipv4{{192, 0, 2, 1}}), Millis(0), false).empty());
}

}  // namespace
}  // namespace otatool::mdns
