#include "tests/cli/script_runner.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace otatool::test {

std::vector<std::string> ScriptRunner::run(std::string_view script) {
  ScriptRunner runner;
  for (const Statement& statement : parse_script(script)) {
    runner.perform(statement);
  }
  runner.finish_last();
  return runner.complaints_;
}

ScriptRunner::ScriptRunner() {
  call_.program = OTATOOL_BINARY;
  call_.folder = folder_.path().string();
  // Independent of the configuration and terminal of the user who runs the tests.
  call_.environment = {{"HOME", folder_.path().string()}, {"TERM", "xterm"}};
}

void ScriptRunner::perform(const Statement& statement) {
  if (!prepare(statement) && !check(statement)) {
    throw std::runtime_error("line " + std::to_string(statement.line) + ": unknown statement '" +
                             statement.verb + "'");
  }
}

bool ScriptRunner::prepare(const Statement& statement) {
  const std::string rest = expanded(statement.rest);
  if (statement.verb == "file") {
    folder_.write(rest, statement.text);
  } else if (statement.verb == "env") {
    const std::size_t equals = rest.find('=');
    call_.environment[rest.substr(0, equals)] = rest.substr(equals + 1);
  } else if (statement.verb == "folder") {
    call_.folder = (folder_ / rest).string();
    std::filesystem::create_directories(call_.folder);
  } else if (statement.verb == "input") {
    call_.input = statement.text;
  } else if (statement.verb == "as") {
    call_.argv0 = rest;
  } else if (statement.verb == "terminal") {
    call_.streams = Streams::Terminal;
  } else if (statement.verb == "run" || statement.verb == "shell") {
    start(statement);
  } else {
    return false;
  }
  return true;
}

void ScriptRunner::start(const Statement& statement) {
  finish_last();
  ProgramCall call = call_;
  if (statement.verb == "shell") {
    call.program = "/bin/sh";
    call.argv0 = "sh";
    call.arguments = {"-c", statement.rest};
    call.environment["OTATOOL"] = OTATOOL_BINARY;
  } else {
    call.arguments = split_words(expanded(statement.rest));
  }
  last_ = Last{.statement = statement, .outcome = test::run(call)};
  if (last_->outcome.timed_out) {
    complain(statement, "did not end in time");
  }
  call_.input.reset();
  call_.argv0.clear();
  call_.streams = Streams::Pipes;
}

bool ScriptRunner::check(const Statement& statement) {
  if (!last_) {
    return false;
  }
  if (statement.verb == "exit") {
    last_->exit_checked = true;
    if (std::to_string(last_->outcome.exit_code) != statement.rest) {
      complain(statement, "exit code is " + std::to_string(last_->outcome.exit_code));
    }
  } else if (statement.verb == "stdout") {
    last_->output_checked = true;
    check_stream(statement, last_->outcome.output);
  } else if (statement.verb == "stderr") {
    last_->error_checked = true;
    check_stream(statement, last_->outcome.error);
  } else if (statement.verb == "left") {
    std::string names;
    for (const std::string& name : folder_.files()) {
      names += (names.empty() ? "" : " ") + name;
    }
    if (names != statement.rest) {
      complain(statement, "the files are: " + names);
    }
  } else {
    return false;
  }
  return true;
}

void ScriptRunner::check_stream(const Statement& statement, const std::string& stream) {
  const std::string rest = expanded(statement.rest);
  const std::size_t blank = rest.find(' ');
  const std::string verb = rest.substr(0, blank);
  const std::string operand = blank == std::string::npos ? "" : rest.substr(blank + 1);
  if (verb.empty()) {
    if (stream != expanded(statement.text)) {
      complain(statement, statement.verb + " is:\n" + stream);
    }
  } else if (verb == "json") {
    check_json(statement, operand);
  } else if (verb == "has" || verb == "lacks") {
    if ((stream.find(operand) != std::string::npos) != (verb == "has")) {
      complain(statement, statement.verb + " is:\n" + stream);
    }
  } else {
    throw std::runtime_error("line " + std::to_string(statement.line) + ": unknown check '" + verb +
                             "'");
  }
}

void ScriptRunner::check_json(const Statement& statement, std::string_view words) {
  const std::size_t blank = words.find(' ');
  const auto document = nlohmann::json::parse(last_->outcome.output, nullptr, false);
  const auto wanted = nlohmann::json::parse(words.substr(blank + 1), nullptr, false);
  if (document.is_discarded() || wanted.is_discarded()) {
    complain(statement, "stdout or the value wanted is not JSON:\n" + last_->outcome.output);
    return;
  }
  const nlohmann::json::json_pointer pointer{std::string(words.substr(0, blank))};
  if (!document.contains(pointer) || document.at(pointer) != wanted) {
    complain(statement, "stdout is:\n" + last_->outcome.output);
  }
}

void ScriptRunner::finish_last() {
  if (!last_) {
    return;
  }
  const Last last = *std::exchange(last_, std::nullopt);
  if (!last.exit_checked) {
    complain(last.statement, "no exit code is asked for");
  }
  if (!last.output_checked && !last.outcome.output.empty()) {
    complain(last.statement, "stdout is:\n" + last.outcome.output);
  }
  if (!last.error_checked && !last.outcome.error.empty()) {
    complain(last.statement, "stderr is:\n" + last.outcome.error);
  }
}

void ScriptRunner::complain(const Statement& statement, const std::string& what) {
  complaints_.push_back("line " + std::to_string(statement.line) + ": " + statement.verb + " " +
                        statement.rest + "\n" + what);
}

std::string ScriptRunner::expanded(const std::string& text) const {
  std::string result = replaced(text, "$FOLDER", folder_.path().string());
  result = replaced(std::move(result), "\\e", "\x1b");
  return replaced(std::move(result), "\\r", "\r");
}

}  // namespace otatool::test
