#include "cli/io/messages.hpp"

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::CaptureStdout;
using ::testing::internal::GetCapturedStderr;
using ::testing::internal::GetCapturedStdout;

struct Printed {
  std::string output;
  std::string error;
};

Printed printed(MessageOptions options, const std::function<void(Messages&)>& print) {
  CaptureStdout();
  CaptureStderr();
  Messages messages(options);
  print(messages);
  EXPECT_TRUE(messages.flush());
  return {GetCapturedStdout(), GetCapturedStderr()};
}

void print_everything(Messages& messages) {
  messages.result("result");
  messages.json_line({{"event", "line"}});
  messages.note("note");
  messages.detail(1, "detail 1");
  messages.detail(2, "detail 2");
  messages.warning("warning");
}

TEST(Messages, WriteResultsToStdoutAndEverythingElseToStderr) {
  const Printed text = printed({}, print_everything);
  EXPECT_EQ(text.output, "result\n");
  EXPECT_EQ(text.error, "note\notatool: warning: warning\n");
}

TEST(Messages, ShowDetailsWithVerbosity) {
  EXPECT_EQ(printed({.verbosity = 1}, print_everything).error,
            "note\ndetail 1\notatool: warning: warning\n");
  EXPECT_EQ(printed({.verbosity = 2}, print_everything).error,
            "note\ndetail 1\ndetail 2\notatool: warning: warning\n");
}

TEST(Messages, KeepWarningsWhenQuiet) {
  EXPECT_EQ(printed({.quiet = true, .verbosity = 2}, print_everything).error,
            "otatool: warning: warning\n");
}

TEST(Messages, WriteOnlyJsonToStdoutWithJson) {
  const Printed json = printed({.json = true}, print_everything);
  EXPECT_EQ(json.output, "{\"event\":\"line\"}\n");
  EXPECT_EQ(json.error, "note\notatool: warning: warning\n");
}

TEST(Messages, WriteTheHintAfterTheError) {
  const auto fail = [](Messages& messages) { messages.error(Error(Errc::NotFound, "no 'x'")); };
  const Printed text = printed({}, fail);
  EXPECT_EQ(text.output, "");
  EXPECT_THAT(text.error, HasSubstr("otatool: error: no 'x'\notatool: hint: "));
  const auto without = [](Messages& messages) {
    messages.error(Error(Errc::NotFound, "no 'x'"), "");
  };
  EXPECT_EQ(printed({}, without).error, "otatool: error: no 'x'\n");
}

TEST(Messages, WriteErrorsToStdoutWithJson) {
  const Printed json = printed({.json = true}, [](Messages& messages) {
    messages.error(Error(Errc::Interrupted, "interrupted"));
  });
  EXPECT_EQ(json.error, "");
  const auto error = nlohmann::json::parse(json.output).at("error");
  EXPECT_EQ(error.at("code"), "interrupted");
  EXPECT_EQ(error.at("exit"), 130);
  EXPECT_EQ(error.at("message"), "interrupted");
  EXPECT_TRUE(error.at("hint").is_null());
}

TEST(Messages, EscapeBytesThatAreNotText) {
  const std::string bytes = "\xff\x1b[2J\n\xc3";
  const auto print = [&bytes](Messages& messages) {
    messages.json_line({{"text", bytes}});
    messages.json_document({{"text", bytes}});
    messages.result(bytes);
    messages.result_lines(bytes);
    messages.error(Error(Errc::DeviceReported, bytes), "");
  };
  const Printed json = printed({.json = true}, [&bytes](Messages& messages) {
    messages.json_line({{"text", bytes}});
  });
  EXPECT_FALSE(nlohmann::json::parse(json.output, nullptr, false).is_discarded()) << json.output;
  const Printed text = printed({}, print);
  EXPECT_EQ(text.output, "\\xff\\x1b[2J\\x0a\\xc3\n\\xff\\x1b[2J\n\\xc3\n");
  EXPECT_EQ(text.error, "otatool: error: \\xff\\x1b[2J\\x0a\\xc3\n");
}

TEST(Messages, UseColorAsRequested) {
  const auto print = [](Messages& messages) {
    messages.result("fine", Style::Green);
    messages.warning("hm");
  };
  EXPECT_EQ(printed({.color = ColorMode::Always}, print).output, "\x1b[32mfine\x1b[0m\n");
  EXPECT_EQ(printed({.color = ColorMode::Always}, print).error,
            "otatool: \x1b[1;33mwarning:\x1b[0m hm\n");
  EXPECT_EQ(printed({}, print).output, "fine\n") << "stdout is not a terminal";
}

TEST(Messages, EraseABarBeforeOtherOutput) {
  const Printed text = printed({}, [](Messages& messages) {
    messages.progress("\rbar");
    messages.note("note");
    messages.note("another");
  });
  EXPECT_EQ(text.error, "\rbar\r\x1b[Knote\nanother\n");
  const Printed lines = printed({}, [](Messages& messages) {
    messages.progress("10 %\n");
    messages.note("note");
  });
  EXPECT_EQ(lines.error, "10 %\nnote\n");
}

TEST(Messages, ShowProgressOnlyWithoutJson) {
  EXPECT_EQ(Messages({.quiet = true}).progress_form(), ProgressForm::Silent);
  EXPECT_EQ(Messages({.json = true}).progress_form(), ProgressForm::Silent);
}

}  // namespace
}  // namespace otatool::cli
