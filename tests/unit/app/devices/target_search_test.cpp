#include "app/devices/target_search.hpp"

#include <algorithm>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::app {
namespace {

/// Nothing listens there.
constexpr std::uint16_t kClosedPort = 1;

class TargetSearchOf : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Addresses, TargetSearchOf, ::testing::Values("127.0.0.1", "0:0::1"));

TEST_P(TargetSearchOf, DoesNotWaitForADeviceWithoutResponder) {
  SearchOptions options;
  options.browse.mdns_port = kClosedPort;
  options.targets.emplace_back().target.host = GetParam();
  std::vector<mdns::BrowseEvent> events;
  auto search = TargetSearch::start(
      options, [&events](const mdns::BrowseEvent& event) { events.push_back(event); });
  const auto targets = search.finish(TargetSearch::Wait::Required);
  ASSERT_TRUE(targets) << targets.error().message();
  EXPECT_EQ(targets->size(), 1U);
  const auto missing = std::ranges::find_if(events, [](const mdns::BrowseEvent& event) {
    const auto* const found = std::get_if<mdns::ResponderMissing>(&event);
    return found != nullptr && found->host == GetParam();
  });
  ASSERT_NE(missing, events.end());
  EXPECT_TRUE(std::none_of(missing, events.end(), [](const mdns::BrowseEvent& event) {
    return std::holds_alternative<mdns::TimePassed>(event);
  }));
}

}  // namespace
}  // namespace otatool::app
