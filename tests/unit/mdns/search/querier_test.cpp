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

}  // namespace
}  // namespace otatool::mdns
