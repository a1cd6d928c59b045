#include "mdns/search/querier.hpp"

#include <map>

#include <gtest/gtest.h>

namespace otatool::mdns {
namespace {

TEST(Querier, AsksManyHostsAtALimitedRate) {
  Querier::Plan plan;
  plan.types = {*Name::parse("_arduino._tcp.local")};
  for (int i = 1; i <= 254; ++i) {
    plan.hosts.push_back("10.0.0." + std::to_string(i));
  }
  plan.timeout = unicast_search_time(plan.hosts.size());
  Querier querier(plan);
  std::map<std::string, int> queries;
  std::map<Millis, std::size_t> sent_at;
  Millis third_pass{0};  ///< end of it
  for (Millis now{0};;) {
    const Step step = querier.next(Tick{}, now);
    for (const Transmission& each : step.transmissions) {
      EXPECT_EQ(each.path, Path::Unicast);
      ++sent_at[now];
      if (++queries[each.destination] == 3) {
        third_pass = now;
      }
    }
    if (step.done) {
      break;
    }
    now = step.deadline;
  }
  EXPECT_EQ(queries.size(), 254U);
  for (const auto& [host, count] : queries) {
    EXPECT_GE(count, 3) << host;
  }
  for (const auto& [time, count] : sent_at) {
    EXPECT_LE(count, 8U) << time.count();
  }
  EXPECT_GE(sent_at.size(), 3U * 32U);
  EXPECT_LE(third_pass + Millis(1'000), plan.timeout) << "the last host has time to answer";
}

TEST(Querier, AsksForMissingRecordsAFewTimesOnly) {
  const Name type = Name::parse("_arduino._tcp.local").value();
  const Name instance = Name::parse("kitchen._arduino._tcp.local").value();
  Querier::Plan plan;
  plan.types = {type};
  plan.links = {{.id = 1, .ipv6 = false}};
  plan.watch = true;
  Querier querier(plan);
  Message pointer{.response = true};
  pointer.answers.push_back({.name = type, .ttl = 120, .data = Pointer{instance}});
  const auto packet = write_message(pointer).value();
  const Origin origin{.link = 1, .interface = "eth0", .source = Ip(Ipv4{{192, 0, 2, 1}})};
  int asked = 0;
  for (Step step = querier.next(PacketReceived{packet, origin}, Millis(0));
       step.deadline < Millis(10'000);
       step = querier.next(Tick{}, step.deadline)) {
    for (const Transmission& each : step.transmissions) {
      const Message query = read_message(each.packet).value();
      asked += each.path == Path::Legacy && query.questions.front().name == instance ? 1 : 0;
    }
  }
  EXPECT_EQ(asked, 6);
}

TEST(Querier, EndsSoonAfterEveryHostHasNoResponder) {
  Querier::Plan plan;
  plan.types = {*Name::parse("_arduino._tcp.local")};
  plan.hosts = {"10.0.0.1", "10.0.0.2"};
  Querier querier(plan);
  EXPECT_EQ(querier.next(Tick{}, Millis(0)).transmissions.size(), 2U);
  EXPECT_EQ(querier.next(PortClosed{"10.0.0.2"}, Millis(1)).without_responder, 1U);
  EXPECT_FALSE(querier.next(PortClosed{"10.0.0.2"}, Millis(2)).without_responder) << "told again";
  EXPECT_FALSE(querier.next(PortClosed{"10.0.0.9"}, Millis(2)).without_responder) << "not asked";
  const Step again = querier.next(Tick{}, Millis(250));
  ASSERT_EQ(again.transmissions.size(), 1U);
  EXPECT_EQ(again.transmissions.front().destination, "10.0.0.1");
  EXPECT_FALSE(again.done);
  const Step last = querier.next(PortClosed{"10.0.0.1"}, Millis(251));
  EXPECT_EQ(last.without_responder, 0U);
  EXPECT_LT(last.deadline, Millis(500));
  const Step end = querier.next(Tick{}, last.deadline);
  EXPECT_TRUE(end.done);
  EXPECT_TRUE(end.transmissions.empty());
}

}  // namespace
}  // namespace otatool::mdns
