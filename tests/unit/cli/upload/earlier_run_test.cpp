#include "cli/upload/earlier_run.hpp"

#include <gmock/gmock.h>

namespace otatool::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kReport = R"({"event":"start","target":"a"}
{"event":"result","target":"a","ok":true,"error":null}
{"event":"start","target":"b"}
{"event":"result","target":"b","ok":false,"error":{"code":"no-answer","exit":5}}
{"event":"start","target":"c"}

{"event":"summary","targets":3,"succeeded":1}
)";

TEST(EarlierRun, SeparatesTargetsThatSucceededFromAllOthers) {
  const auto run = parse_report(kReport);
  ASSERT_TRUE(run) << run.error().message();
  EXPECT_THAT(run->succeeded, ElementsAre("a"));
  EXPECT_THAT(run->left, ElementsAre("b", "c")) << "c was not reached";
}

TEST(EarlierRun, TheLastResultOfATargetCounts) {
  const std::string failure = R"({"event":"result","target":"a","ok":false})"
                              "\n";
  const std::string success = R"({"event":"result","target":"a","ok":true})"
                              "\n";
  EXPECT_THAT(parse_report(failure + success)->succeeded, ElementsAre("a"));
  EXPECT_THAT(parse_report(success + failure)->left, ElementsAre("a"));
}

TEST(EarlierRun, RefusesALineThatIsNoEvent) {
  for (const char* bad : {"hello", "[1]", "{}", R"({"event":"start","target":"a")", "\xff"}) {
    const auto run = parse_report(std::string(kReport) + bad);
    ASSERT_FALSE(run) << bad;
    EXPECT_EQ(run.error().code(), Errc::FileUnreadable);
    EXPECT_THAT(run.error().message(), HasSubstr("line 8"));
  }
}

TEST(EarlierRun, RefusesDeepJsonWithoutUsingTheStack) {
  const std::string deep = R"({"event":"start","target":)" + std::string(200'000, '[');
  EXPECT_EQ(parse_report(deep).error().code(), Errc::FileUnreadable);
}

TEST(EarlierRun, RefusesAReportWithoutTargets) {
  EXPECT_EQ(parse_report("").error().code(), Errc::FileUnreadable);
  EXPECT_EQ(parse_report(R"({"event":"summary"})").error().code(), Errc::FileUnreadable);
}

TEST(EarlierRun, FieldsOfTheWrongTypeAreNoSuccess) {
  const auto run = parse_report(R"({"event":7,"target":"a","ok":"true"})");
  ASSERT_TRUE(run);
  EXPECT_THAT(run->left, ElementsAre("a"));
}

}  // namespace
}  // namespace otatool::cli
