#include "http/pages/status_page.hpp"

#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/http/operations.hpp"

#include "http/pages/device_page.hpp"
#include "http/pages/html.hpp"
#include "http/pages/live_feed.hpp"
#include "http/pages/page_files.hpp"
#include "tests/support/whole_text.hpp"

namespace otatool::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kHostile = "\"><script>&{{title}}";

/// A server that some devices have asked.
class StatusPage : public ::testing::Test {
 protected:
  void ask(unsigned number, const std::string& version, Verdict verdict = Verdict::UpToDate) {
    RequestRecord record;
    record.status = 304;
    record.complete = true;
    record.client = fmt::format("10.0.0.{}", number % 256);
    record.account.device.emplace();
    record.account.device->station_mac = to_string(fleet::Mac{number});
    record.account.device->family = ChipFamily::Esp8266;
    record.account.device->version = version;
    record.account.verdict = verdict;
    operations_.on_request(record);
  }
  void use_rule(const std::string& version) {
    Catalogue catalogue;
    catalogue.rules.emplace_back().manifest.version = version;
    catalogue.rules.back().manifest.name = "lamps";
    catalogue.rules.back().manifest.plan.emplace().stages = {10, 100};
    catalogue.names[to_string(fleet::Mac{1})] = "kitchen";
    operations_.on_catalogue(catalogue);
  }
  [[nodiscard]] std::string page(const char* query = "") const {
    return test::whole_text(*status_page(operations_.facts(), *read_device_query(query)));
  }
  [[nodiscard]] static std::size_t count(const std::string& text, std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
      ++found;
    }
    return found;
  }

  Operations operations_{1000};
};

TEST_F(StatusPage, ShowsRolloutsVersionsAndDevices) {
  use_rule("2.0.0");
  ask(1, "2.0.0");
  ask(2, "1.0.0", Verdict::Waiting);
  const std::string text = page();
  EXPECT_THAT(text, HasSubstr("lamps <small>2.0.0</small>"));
  EXPECT_THAT(text, HasSubstr("<a href=\"?version=1.0.0\">1.0.0</a> <span data-cell>1</span>"));
  EXPECT_THAT(text, HasSubstr(">kitchen</a> <small>00:00:00:00:00:01</small>"));
  EXPECT_THAT(text, HasSubstr("<span class=\"state neutral\">waiting</span>"));
  EXPECT_THAT(text, HasSubstr("2 of 2 devices match"));
  EXPECT_THAT(text, Not(HasSubstr("{{")));
  EXPECT_THAT(text, Not(HasSubstr("<form method=\"post\"")));
}

TEST_F(StatusPage, TextsOfDevicesAreNoHtml) {
  ask(1, kHostile);
  for (const std::string& text :
       {page(),
        page("version=%22%3E%3Cscript%3E&q=%22%3E"),
        test::whole_text(*device_page(
            operations_.facts(), *operations_.fleet().device(fleet::Mac{1}), nullptr))}) {
    EXPECT_EQ(count(text, "<script"), count(text, "<script src"));
  }
  EXPECT_THAT(page(), HasSubstr("&quot;&gt;&lt;script&gt;&amp;{{title}}"));
}

TEST_F(StatusPage, HasAHundredDevicesAndLinksToTheOthers) {
  for (unsigned number = 0; number < 250; ++number) {
    ask(number, "1");
  }
  EXPECT_EQ(count(page(), "<tr role=\"row\" data-id="), 100U);
  EXPECT_THAT(page(), HasSubstr("<a href=\"?page=3\">Last</a>"));
  EXPECT_EQ(count(page("page=3"), "<tr role=\"row\" data-id="), 50U);
  EXPECT_THAT(page("page=3"), Not(HasSubstr(">Next</a>")));
  EXPECT_EQ(count(page("page=4"), "<tr role=\"row\" data-id="), 0U);
  EXPECT_THAT(page("page=2&sort=-name"), HasSubstr("<a href=\"?sort=-name&amp;page=3\">Next</a>"));
  EXPECT_EQ(count(page("page=3&sort=address"), "<tr role=\"row\" data-id="), 50U);
}

TEST_F(StatusPage, IsMadeInSmallPieces) {
  for (unsigned number = 0; number < 5000; ++number) {
    ask(number, std::to_string(number));
  }
  const auto pieces = status_page(operations_.facts(), *read_device_query("sort=address"));
  std::string text;
  unsigned count = 0;
  for (bool more = true; more; ++count) {
    const std::size_t before = text.size();
    more = pieces->append_next(text);
    EXPECT_LT(text.size() - before, 40'000U);
    operations_.fleet().forget_unseen(2000);  // devices may vanish meanwhile
  }
  EXPECT_GT(count, 2U);
}

TEST_F(StatusPage, VersionsOfClientsAreCountedUpToALimit) {
  use_rule("2.0.0");
  for (unsigned number = 0; number < 500; ++number) {
    ask(number, "v" + std::to_string(number));
  }
  EXPECT_EQ(count(page(), "<li data-id=\"v"), 100U);
  EXPECT_THAT(page(), HasSubstr("<li data-id=\"2.0.0\">"));
}

TEST(StatusFiles, AreSmallAndLoadNothingElse) {
  EXPECT_LT(kStatusPage.size() + kDevicePage.size() + kStyleFile.size() + kScriptFile.size(),
            std::size_t{60} * 1024);
  for (const std::string_view file : {kStatusPage, kDevicePage, kStyleFile, kScriptFile}) {
    EXPECT_THAT(std::string(file), Not(HasSubstr("http")));
    EXPECT_THAT(std::string(file), Not(HasSubstr("style=")));
    EXPECT_THAT(std::string(file), Not(HasSubstr("onclick")));
  }
}

class StatusFeed : public StatusPage {
 protected:
  void listen(const char* query = "") {
    feed_ = live_feed(operations_.facts(), *read_device_query(query), token_);
  }
  /// The object of the next event; null without one.
  nlohmann::json next() {
    const std::string text = test::whole_text(*feed_->next());
    if (text.empty()) {
      return nullptr;
    }
    EXPECT_TRUE(text.starts_with("data: ") && text.ends_with("\n\n")) << text;
    EXPECT_EQ(count(text, "\n"), 2U);
    return nlohmann::json::parse(text.substr(6));
  }

  std::shared_ptr<const bool> token_ = std::make_shared<const bool>(true);
  std::shared_ptr<EventFeed> feed_;
};

TEST_F(StatusFeed, TellsOnlyWhatChanges) {
  use_rule("2.0.0");
  ask(1, "1.0.0", Verdict::Waiting);
  ask(5, "1.0.0", Verdict::Waiting);
  listen();
  EXPECT_EQ(token_.use_count(), 2);
  const auto first = next();
  EXPECT_EQ(first["texts"].size(), 3U);
  EXPECT_EQ(next(), nullptr);
  ask(1, "2.0.0");
  const auto event = next();
  EXPECT_TRUE(event["added"].empty() && event["lists"].empty()) << event;
  std::set<std::string> changed;
  for (const auto& cell : event["cells"]) {
    changed.insert(cell[0].get<std::string>() + " " + cell[1].get<std::string>() + " " +
                   cell[2].dump());
  }
  EXPECT_THAT(changed,
              ::testing::UnorderedElementsAre("devices 00:00:00:00:00:01 0",
                                              "devices 00:00:00:00:00:01 4",
                                              "devices 00:00:00:00:00:01 6",
                                              "versions 1.0.0 0",
                                              "versions 2.0.0 0"));
  EXPECT_EQ(next(), nullptr);
}

TEST_F(StatusFeed, NewDevicesComeAtTheirPlace) {
  ask(2, "1");
  ask(9, "\xFF");
  listen();
  static_cast<void>(next());
  ask(5, "1");
  auto added = next()["added"];
  ASSERT_EQ(added.size(), 1U);
  EXPECT_EQ(added[0][1], to_string(fleet::Mac{5}));
  EXPECT_EQ(added[0][2], to_string(fleet::Mac{9}));
  ask(10, "1");
  EXPECT_EQ(next()["added"][0][2], "");
  for (unsigned number = 100; number < 300; ++number) {
    ask(number, "1");
  }
  EXPECT_EQ(next()["added"].size(), 96U);
  ask(1, "1");
  EXPECT_TRUE(next()["added"].empty());
}

TEST_F(StatusFeed, ADeviceThatNoLongerMatchesStays) {
  ask(2, "1");
  listen("version=1");
  static_cast<void>(next());
  ask(3, "2");
  EXPECT_THAT(next()["added"].dump(), Not(HasSubstr("devices")));
  ask(2, "2");
  EXPECT_THAT(next()["cells"].dump(), HasSubstr(to_string(fleet::Mac{2})));
}

TEST_F(StatusFeed, ANewRolloutComesWithItsLine) {
  use_rule("2.0.0");
  listen();
  EXPECT_EQ(next()["lists"]["rollouts"].size(), 1U);
  use_rule("3.0.0");
  const auto lines = next()["lists"]["rollouts"];
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0][0], "lamps");
  EXPECT_EQ(lines[0][1], "3.0.0");
  EXPECT_THAT(lines[0][2].get<std::string>(), HasSubstr("lamps <small>3.0.0</small>"));
  EXPECT_EQ(next(), nullptr);
  operations_.on_catalogue(Catalogue());
  EXPECT_EQ(next()["lists"]["rollouts"].size(), 0U);
}

TEST_F(StatusFeed, VersionsThatNobodyRunsLeaveThePage) {
  use_rule("2.0.0");
  ask(1, "v0");
  listen();
  EXPECT_EQ(next()["lists"]["versions"].size(), 2U);
  for (unsigned number = 1; number < 300; ++number) {
    ask(1, "v" + std::to_string(number));
    EXPECT_EQ(next()["lists"]["versions"].size(), 2U);
  }
}

TEST_F(StatusPage, ADeviceHasItsHistory) {
  ask(1, "1");
  const auto answer = std::make_shared<HistoryAnswer>();
  const fleet::Device& device = *operations_.fleet().device(fleet::Mac{1});
  const auto pieces = device_page(operations_.facts(), device, answer);
  std::string text;
  EXPECT_FALSE(pieces->ready());
  EXPECT_TRUE(pieces->append_next(text));
  answer->events.push_back({.time = 5, .kind = "downloaded", .to = kHostile, .bytes = 1234});
  answer->ready = true;
  EXPECT_TRUE(pieces->ready());
  EXPECT_FALSE(pieces->append_next(text));
  EXPECT_THAT(text, HasSubstr("<span class=\"state active\">downloaded</span>"));
  EXPECT_THAT(text, HasSubstr("1,234"));
  EXPECT_THAT(text, HasSubstr(html(kHostile)));

  const auto silent = std::make_shared<HistoryAnswer>();
  const auto waiting = device_page(operations_.facts(), device, silent);
  operations_.set_time(1005);
  EXPECT_TRUE(waiting->ready());
  EXPECT_THAT(test::whole_text(*waiting), HasSubstr("The store does not answer."));
  silent->ready = true;
  silent->problem = "<disk>";
  EXPECT_THAT(test::whole_text(*device_page(operations_.facts(), device, silent)),
              HasSubstr("cannot be read: &lt;disk&gt;"));
}

TEST_F(StatusPage, FilteredListsAsCsvAndJson) {
  ask(1, "1.0");
  ask(2, "=cmd|\"x\"");
  ask(3, "1.0");
  const auto csv = [this](const char* query) {
    return test::whole_text(*status_csv(operations_.facts(), {.query = *read_device_query(query)}));
  };
  EXPECT_EQ(count(csv(""), "\r\n"), 4U);
  EXPECT_EQ(count(csv("version=1.0"), "\r\n"), 3U);
  EXPECT_THAT(csv(""), HasSubstr(",\"'=cmd|\"\"x\"\"\","));
  const auto list = nlohmann::json::parse(test::whole_text(
      *status_json(operations_.facts(), {.query = *read_device_query("version=1.0"), .most = 1})));
  ASSERT_EQ(list["devices"].size(), 1U);
  EXPECT_EQ(list["devices"][0]["mac"], to_string(fleet::Mac{1}));
}

TEST(Html, TellsHowLongAgo) {
  EXPECT_THAT(time_ago(1000, 1059), HasSubstr(">now<"));
  EXPECT_THAT(time_ago(1000, 900), HasSubstr(">now<"));
  EXPECT_THAT(time_ago(1000, 1060), HasSubstr(">1 min ago<"));
  EXPECT_THAT(time_ago(0, 7200), HasSubstr(">2 h ago<"));
  EXPECT_THAT(time_ago(0, 86400 * 3), HasSubstr(">3 days ago<"));
  EXPECT_THAT(time_of_day(-5), HasSubstr("1970-01-01 00:00:00 UTC"));
  EXPECT_THAT(time_of_day(std::numeric_limits<std::int64_t>::max()), HasSubstr("9999-12-31"));
}

TEST(Html, GroupsDigits) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
}

}  // namespace
}  // namespace otatool::http
