#include "http/pages/metrics.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/http/operations.hpp"

#include "tests/support/whole_text.hpp"

namespace otatool::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Checks a text of the format 0.0.4 as `promtool check metrics` does; the first complaint.
class FormatCheck {
 public:
  std::string complaint(const std::string& text) {
    if (!text.ends_with('\n')) {
      return "the last line has no end";
    }
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (!(line.starts_with("# ") ? take_comment(line) : take_sample(line))) {
        return "'" + line + "'";
      }
    }
    return {};
  }

 private:
  bool take_comment(const std::string& line) {
    static const std::regex help("# HELP ([a-z_]+) (.+)");
    static const std::regex type("# TYPE ([a-z_]+) (counter|gauge)");
    std::smatch match;
    if (std::regex_match(line, match, help)) {
      metric_ = match[1];
      type_.clear();
      return metrics_.insert(metric_).second;
    }
    if (!std::regex_match(line, match, type) || match[1] != metric_ || !type_.empty()) {
      return false;
    }
    type_ = match[2];
    return (type_ == "counter") == metric_.ends_with("_total");
  }
  bool take_sample(const std::string& line) {
    static const std::regex sample(
        R"re(([a-z_]+)(\{([a-z]+="([^"\\]|\\["\\n])*"(,[a-z]+="([^"\\]|\\["\\n])*")*)\})? [0-9]+)re");
    std::smatch match;
    return std::regex_match(line, match, sample) && match[1] == metric_ && !type_.empty() &&
           samples_.insert(match.str(1) + match.str(2)).second;
  }

  std::string metric_;
  std::string type_;
  std::set<std::string> metrics_;
  std::set<std::string> samples_;
};

TEST(FormatCheck, Complains) {
  const std::string head = "# HELP a A.\n# TYPE a gauge\n";
  EXPECT_EQ(FormatCheck().complaint(head + "a 1\n"), "");
  EXPECT_EQ(FormatCheck().complaint(head + "a{b=\"\\\\ \\n \\\"\",c=\"\"} 1\n"), "");
  EXPECT_NE(FormatCheck().complaint(head + "a 1"), "");
  EXPECT_NE(FormatCheck().complaint(head + "a 1\na 1\n"), "");
  EXPECT_NE(FormatCheck().complaint(head + "b 1\n"), "");
  EXPECT_NE(FormatCheck().complaint(head + "a{b=\"\"\"} 1\n"), "");
  EXPECT_NE(FormatCheck().complaint(head + head), "");
  EXPECT_NE(FormatCheck().complaint("a 1\n"), "");
}

/// A rule with stages in a catalogue.
void add_rule(Catalogue& catalogue, const std::string& name, const std::string& version) {
  Rule rule;
  rule.manifest.name = name;
  rule.manifest.version = version;
  rule.manifest.plan.emplace().stages = {100};
  catalogue.rules.push_back(rule);
}

RequestRecord asks(unsigned number, const std::string& version) {
  RequestRecord record;
  record.status = 304;
  record.complete = true;
  record.account.device.emplace();
  record.account.device->station_mac = to_string(fleet::Mac{number});
  record.account.device->family = ChipFamily::Esp8266;
  record.account.device->version = version;
  record.account.verdict = Verdict::Waiting;
  record.account.waits = true;
  record.account.waits_rule = "lamp";
  return record;
}

class Metrics : public ::testing::Test {
 protected:
  void SetUp() override {
    Catalogue catalogue;
    add_rule(catalogue, "lamp", "2.0.0");
    add_rule(catalogue, "a \"rule\" \\ of\ntwo lines", "3");
    operations_.on_catalogue(catalogue);
  }
  [[nodiscard]] std::string text() const { return test::metrics(operations_); }

  Operations operations_{1000};
};

TEST_F(Metrics, HaveThePrometheusFormat) {
  EXPECT_EQ(FormatCheck().complaint(text()), "");
  operations_.on_request(asks(1, "2.0.0"));
  operations_.on_request(asks(2, "x\"} 1\ny"));
  EXPECT_EQ(FormatCheck().complaint(text()), "");
}

TEST_F(Metrics, CountDevicesByVersionsOfTheManifest) {
  operations_.on_request(asks(1, "2.0.0"));
  operations_.on_request(asks(2, "2.0.0"));
  operations_.on_request(asks(3, ""));
  const auto line = [](const char* version, unsigned count) {
    return HasSubstr(
        fmt::format("otatool_devices{{version=\"{}\",state=\"waiting\",chip=\"esp8266\"}} {}\n",
                    version,
                    count));
  };
  EXPECT_THAT(text(), line("2.0.0", 2));
  EXPECT_THAT(text(), line("", 1));
  const auto lines = std::ranges::count(text(), '\n');
  for (unsigned number = 0; number < 3000; ++number) {
    operations_.on_request(asks(100 + number, "sent-" + std::to_string(number)));
  }
  EXPECT_THAT(text(), line("other", 3000));
  EXPECT_EQ(std::ranges::count(text(), '\n'), lines + 1);
}

TEST_F(Metrics, TellPhaseAndDevicesOfRollouts) {
  operations_.on_request(asks(1, "1.0.0"));
  RequestRecord download = asks(2, "1.0.0");
  download.status = 200;
  download.account.image = true;
  download.account.verdict = Verdict::Send;
  download.account.waits = false;
  download.account.decided = fleet::Image{.rule = "lamp", .version = "2.0.0", .sha256 = "a"};
  operations_.on_download_started(download);
  EXPECT_THAT(text(), HasSubstr("otatool_rollout_phase{rule=\"lamp\"} 0\n"));
  const auto line = [](const char* state, unsigned count) {
    return HasSubstr(
        fmt::format("otatool_rollout_devices{{rule=\"lamp\",state=\"{}\"}} {}\n", state, count));
  };
  EXPECT_THAT(text(), line("waiting", 1));
  EXPECT_THAT(text(), line("offered", 1));
  EXPECT_THAT(text(), line("confirmed", 0));
  operations_.on_request(download);
  RequestRecord back = asks(2, "2.0.0");
  back.account.verdict = Verdict::UpToDate;
  back.account.waits = false;
  back.account.runs = fleet::Runs::Yes;
  operations_.on_request(back);
  EXPECT_THAT(text(), line("offered", 0));
  EXPECT_THAT(text(), line("confirmed", 1));
  fleet::Rollout rollout = *operations_.fleet().rollout("lamp");
  rollout.phase = fleet::Phase::Halted;
  operations_.fleet().adopt(rollout);
  EXPECT_THAT(text(), HasSubstr("otatool_rollout_phase{rule=\"lamp\"} 2\n"));
}

TEST(MetricsPieces, AreSmallAndBounded) {
  Operations operations(0);
  for (unsigned number = 0; number < 5000; ++number) {
    operations.on_request(asks(number, "1"));
  }
  const auto pieces = metrics(operations.facts());
  std::string text;
  unsigned count = 1;
  for (; pieces->append_next(text); ++count) {
    EXPECT_THAT(text, Not(HasSubstr("otatool")));
  }
  EXPECT_EQ(count, 6U);
}

}  // namespace
}  // namespace otatool::http
