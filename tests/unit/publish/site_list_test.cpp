#include "otatool/publish/site_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::publish {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Hashes = std::map<std::string, std::string, std::less<>>;
using Wanted = std::map<std::string, WantedFile, std::less<>>;

constexpr std::int64_t kNow = 1'000'000;
constexpr std::int64_t kKeep = 3600;

ListedFile listed(std::vector<std::string> sha256) {
  return {.sha256 = std::move(sha256), .made_from = {}, .withdrawn = {}};
}

SiteChange plan(const Wanted& wanted, const SiteList& list, const Hashes& present) {
  return plan_site_change(wanted, list, present, kNow, kKeep);
}

TEST(SiteList, ReadsWhatItWrote) {
  const SiteList list = {
      {"a.bin", listed({"11"})},
      {"b/c.gz", {.sha256 = {"22", "33"}, .made_from = "gzip of 11", .withdrawn = 17}}};
  const auto read = parse_site_list(site_list_text(list));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, list);
}

TEST(SiteList, RefusesAnythingElse) {
  for (const char* text : {"",
                           "[]",
                           "{}",
                           R"({"schema":2,"files":{}})",
                           R"({"schema":1})",
                           R"({"schema":1,"files":{"a":{}}})",
                           R"({"schema":1,"files":{"a":{"sha256":[]}}})",
                           R"({"schema":1,"files":{"a":{"sha256":[1]}}})",
                           R"({"schema":1,"files":{"a":{"sha256":["1"],"withdrawn":"x"}}})",
                           R"({"schema":1,"files":{"../a":{"sha256":["1"]}}})",
                           R"({"schema":1,"files":{"a/../../b":{"sha256":["1"]}}})",
                           R"({"schema":1,"files":{"/etc/passwd":{"sha256":["1"]}}})"}) {
    const auto read = parse_site_list(text);
    EXPECT_TRUE(!read && read.error().code() == Errc::FileUnreadable) << text;
  }
}

TEST(SiteChange, WritesWhatIsMissingOrDifferent) {
  const Wanted wanted = {{"a", {"11", {}}}, {"b", {"22", "gzip of 11"}}, {"c", {"33", {}}}};
  const SiteList list = {{"a", listed({"11"})}, {"b", listed({"20"})}};
  const auto change = plan(wanted, list, {{"a", "11"}, {"b", "20"}});
  EXPECT_THAT(change.unchanged, ElementsAre("a"));
  EXPECT_THAT(change.write, ElementsAre("b", "c"));
  EXPECT_THAT(change.foreign, IsEmpty());
  EXPECT_THAT(change.during.at("b").sha256, ElementsAre("22", "20"));
  EXPECT_THAT(change.after.at("b").sha256, ElementsAre("22"));
  EXPECT_EQ(change.after.at("b").made_from, "gzip of 11");
}

TEST(SiteChange, AnInterruptedRunIsContinued) {
  const Wanted wanted = {{"a", {"11", {}}}, {"b", {"22", {}}}};
  const SiteList during = plan(wanted, {}, {}).during;
  const auto again = plan(wanted, during, {{"a", "11"}});
  EXPECT_THAT(again.unchanged, ElementsAre("a"));
  EXPECT_THAT(again.write, ElementsAre("b"));
  EXPECT_THAT(again.foreign, IsEmpty());
}

TEST(SiteChange, NamesFilesOfOthers) {
  const Wanted wanted = {{"a", {"11", {}}}, {"b", {"22", {}}}};
  EXPECT_THAT(plan(wanted, {}, {{"a", "11"}}).foreign, ElementsAre("a"));
  EXPECT_THAT(plan(wanted, {{"b", listed({"22"})}}, {{"b", "99"}}).foreign, ElementsAre("b"));
}

TEST(SiteChange, KeepsAWithdrawnFileForAWhile) {
  const SiteList list = {{"old", listed({"11"})}};
  const auto first = plan({}, list, {{"old", "11"}});
  EXPECT_THAT(first.kept, ElementsAre("old"));
  EXPECT_EQ(first.after.at("old").withdrawn, kNow);

  const auto early = plan_site_change({}, first.after, {{"old", "11"}}, kNow + kKeep - 1, kKeep);
  EXPECT_THAT(early.kept, ElementsAre("old"));
  EXPECT_EQ(early.after, first.after) << "the time is that of the first run";

  const auto late = plan_site_change({}, first.after, {{"old", "11"}}, kNow + kKeep, kKeep);
  EXPECT_THAT(late.remove, ElementsAre("old"));
  EXPECT_TRUE(late.during.contains("old"));
  EXPECT_FALSE(late.after.contains("old"));
}

TEST(SiteChange, RemovesManifestsBeforeTheFilesThatTheyName) {
  const SiteList list = {{"a.bin", listed({"1"})},
                         {"a.bin.manifest.json", listed({"2"})},
                         {"manifest.json", listed({"3"})},
                         {"z.bin", listed({"4"})}};
  const Hashes present = {
      {"a.bin", "1"}, {"a.bin.manifest.json", "2"}, {"manifest.json", "3"}, {"z.bin", "4"}};
  const auto change = plan_site_change({}, list, present, kNow, 0);
  EXPECT_THAT(change.remove, ElementsAre("a.bin.manifest.json", "manifest.json", "a.bin", "z.bin"));
}

TEST(SiteChange, AClockThatWasWrongKeepsNothingForEver) {
  SiteList list = {{"old", listed({"11"})}};
  list.at("old").withdrawn = kNow * 1000;
  const auto change = plan({}, list, {{"old", "11"}});
  EXPECT_EQ(change.after.at("old").withdrawn, kNow);
}

TEST(SiteChange, NeverRemovesAFileThatSomebodyElseReplaced) {
  SiteList list = {{"old", listed({"11"})}};
  list.at("old").withdrawn = 1;
  const auto change = plan({}, list, {{"old", "99"}});
  EXPECT_THAT(change.remove, IsEmpty());
  EXPECT_THAT(change.after, IsEmpty());
}

TEST(SiteChange, APublishedFileIsNoLongerWithdrawn) {
  SiteList list = {{"a", listed({"11"})}};
  list.at("a").withdrawn = 1;
  const auto change = plan({{"a", {"11", {}}}}, list, {{"a", "11"}});
  EXPECT_THAT(change.unchanged, ElementsAre("a"));
  EXPECT_EQ(change.after.at("a").withdrawn, std::nullopt);
}

}  // namespace
}  // namespace otatool::publish
