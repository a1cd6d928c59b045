#include "cli/frame/run.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include "otatool/secret.hpp"
#include "otatool/version.hpp"

#include "cli/frame/command_table.hpp"
#include "cli/frame/help.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/frame/options.hpp"
#include "cli/frame/settings.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/hints.hpp"
#include "cli/io/messages.hpp"
#include "cli/io/terminal.hpp"
#include "files/core_dumps.hpp"
#include "files/standard_streams.hpp"

namespace otatool::cli {
namespace {

/// The drop-in mode that argv[0] names: `/usr/bin/espota.py` runs `espota`.
const Command* command_of_program(std::string_view program) {
  program.remove_prefix(program.rfind('/') + 1);
  for (const std::string_view ending : {".py", ".exe"}) {
    if (program.ends_with(ending)) {
      program.remove_suffix(ending.size());
    }
  }
  const Command* command = find_command(program);
  return command != nullptr && command->raw_arguments ? command : nullptr;
}

/// True if --json is given on a command line that does not parse: its error must be JSON, too.
bool asks_for_json(std::span<const std::string> words) {
  if (is_switched_on("json")) {
    return true;
  }
  for (const std::string& word : words) {
    if (word == "--") {
      return false;
    }
    if (word == "--json") {
      return true;
    }
  }
  return false;
}

int report(Messages& messages, const Error& error, std::string_view command) {
  if (error.code() == Errc::Usage) {
    messages.error(error, usage_hint(command));
  } else {
    messages.error(error);
  }
  return exit_code(error.code());
}

int refuse(Messages& messages, const HintedError& refusal) {
  messages.error(refusal.error, refusal.hint);
  return exit_code(refusal.error.code());
}

/// The options of Messages. `first_messages` prints the errors in them.
Result<MessageOptions> message_options(const Settings& settings, Messages& first_messages) {
  OptionValues values;
  for (const std::string_view name : {"json", "quiet", "verbose", "color"}) {
    if (const auto found = settings.values.find(name); found != settings.values.end()) {
      values.insert(*found);
    }
  }
  Invocation invocation(std::move(values), settings.sources, {}, first_messages);
  OptionReader read(invocation);
  return read.finish(MessageOptions{
      .json = read.flag("json"),
      .quiet = read.flag("quiet"),
      .verbosity = static_cast<int>(read.texts("verbose").size()),
      .color = read.choice(
          "color",
          {{"auto", ColorMode::Auto}, {"always", ColorMode::Always}, {"never", ColorMode::Never}},
          ColorMode::Auto),
  });
}

/// The exit code of a command's result, after stdout was flushed.
int finish(Messages& messages, const Result<int>& outcome, std::string_view command) {
  int code = outcome ? *outcome : report(messages, outcome.error(), command);
  if (const auto flushed = messages.flush(); !flushed && code == kSuccess) {
    code = report(messages, flushed.error(), command);
  }
  return code;
}

/// True if a person reads the output. A script that forgets the command gets an error instead.
bool has_reader(const Messages& messages) {
  return !messages.json() && is_terminal(STDOUT_FILENO) && is_terminal(STDERR_FILENO);
}

/// Runs the command; --help and --version run instead of it.
Result<int> dispatch(const Command* command, Invocation& invocation) {
  if (invocation.flag("help")) {
    print_help(invocation.messages(), command);
    return kSuccess;
  }
  if (invocation.flag("version") && find_option(command, "version")->value.empty()) {
    return kVersionCommand.run(invocation);
  }
  if (command == nullptr) {
    if (!has_reader(invocation.messages())) {
      return fail(Errc::Usage, "no command is given");
    }
    print_commands(invocation.messages());
    return kSuccess;
  }
  if (!command->raw_arguments) {
    TRY_VOID(check_argument_count(*command, invocation.arguments()));
  }
  return command->run(invocation);
}

tl::expected<Settings, HintedError> settle_line(CommandLine& line) {
  const bool configured = line.command != nullptr && !line.command->raw_arguments &&
                          !line.command->ignores_configuration && !line.values.contains("help");
  if (!configured) {
    return Settings{.values = std::move(line.values), .sources = {}, .devices = {}};
  }
  auto files = read_config_files();
  if (!files) {
    return tl::unexpected(std::move(files.error()));
  }
  return settle(*line.command, std::move(line.values), std::move(*files));
}

int run_line(CommandLine line) {
  const std::string_view name = line.command == nullptr ? "" : line.command->name;
  Messages first_messages({.json = line.values.contains("json") || is_switched_on("json")});
  auto settings = settle_line(line);
  if (!settings) {
    return refuse(first_messages, settings.error());
  }
  const auto options = message_options(*settings, first_messages);
  if (!options) {
    return finish(first_messages, fail(options.error()), name);
  }
  Messages messages(*options);
  Invocation invocation(std::move(settings->values),
                        std::move(settings->sources),
                        std::move(line.arguments),
                        messages);
  invocation.set_devices(std::move(settings->devices));
  return finish(messages, dispatch(line.command, invocation), name);
}

/// Stands for the text of --password while the command line is parsed.
constexpr std::string_view kTakenOut = "taken out";

/// Moves the text of --password from `words`, which keep kTakenOut in its place. The parser copies
/// the words and frees the copies as they are.
Secret take_out_password(std::vector<std::string>& words) {
  constexpr std::string_view kOption = "--password";
  Secret password;
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    std::string& word = words[i];
    if (word == kOption && i + 1 < words.size() && !words[i + 1].starts_with('-')) {
      std::string& text = words[i + 1];
      password = Secret(text);
      Secret::cleanse(text);
      text = kTakenOut;
    } else if (word.starts_with(kOption) && word[kOption.size()] == '=') {
      password = Secret(word.substr(kOption.size() + 1));
      Secret::cleanse(word);
      word.append(kOption).append("=").append(kTakenOut);
    }
  }
  return password;
}

void put_back_password(const Secret& password, CommandLine& line) {
  const auto found = line.values.find("password");
  if (found != line.values.end() && found->second.front() == kTakenOut) {
    found->second.front() = password.reveal();
  }
}

/// Overwrites `secret` at the end of each word, so that `ps` does not show it.
void redact(std::string_view secret, std::span<char* const> argv) {
  for (char* const word : argv) {
    const std::string_view text = word;
    if (!secret.empty() && text.ends_with(secret)) {
      std::memset(word + text.size() - secret.size(), '*', secret.size());
    }
  }
}

/// Overwrites passwords of the command line in the process list and in `words`.
void redact_passwords(const CommandLine& line,
                      std::span<char* const> argv,
                      std::vector<std::string>& words) {
  for (const std::string_view option : {"password", "password-hash"}) {
    const auto found = line.values.find(option);
    if (found != line.values.end()) {
      redact(found->second.front(), argv);
      std::ranges::for_each(words, Secret::cleanse);
    }
  }
  if (line.command != nullptr && line.command->secrets != nullptr) {
    for (std::string& secret : line.command->secrets(line.arguments)) {
      redact(secret, argv);
      Secret::cleanse(secret);
      std::ranges::for_each(words, Secret::cleanse);
    }
  }
}

}  // namespace

int run(std::span<char* const> argv) {
  files::secure_standard_streams();
  Secret::before_first(files::forbid_core_dumps);
  const std::string_view program = argv.empty() ? "otatool" : argv.front();
  std::vector<std::string> words;
  words.reserve(argv.size());  // a short text would stay in the memory that a growing vector leaves
  for (std::size_t i = 1; i < argv.size(); ++i) {
    words.emplace_back(argv[i]);
  }
  if (const Command* command = command_of_program(program)) {
    CommandLine line{.command = command, .values = {}, .arguments = words};
    redact_passwords(line, argv, words);
    return run_line(std::move(line));
  }
  const Secret password = take_out_password(words);
  auto line = parse_command_line(words);
  if (!line) {
    Messages messages({.json = asks_for_json(words)});
    return refuse(messages, line.error());
  }
  put_back_password(password, *line);
  redact_passwords(*line, argv, words);
  return run_line(std::move(*line));
}

}  // namespace otatool::cli
