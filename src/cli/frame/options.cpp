#include "cli/frame/options.hpp"

#include <algorithm>
#include <array>

#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/value_semantic.hpp>

#include "otatool/ascii.hpp"

#include "cli/frame/command_table.hpp"
#include "cli/frame/spelling.hpp"

namespace otatool::cli {
namespace {

namespace po = boost::program_options;

template <typename T>
using Parsed = tl::expected<T, HintedError>;

tl::unexpected<HintedError> usage(std::string message, std::string hint) {
  return tl::unexpected(HintedError{Error(Errc::Usage, std::move(message)), std::move(hint)});
}

std::string_view name_of(const Command* command) {
  return command == nullptr ? std::string_view() : command->name;
}

void describe(po::options_description& description, std::span<const Option> options) {
  for (const Option& option : options) {
    std::string names(option.name);
    if (option.letter != '\0') {
      names += {',', option.letter};
    }
    if (option.value.empty()) {
      description.add_options()(names.c_str(), "");
    } else if (option.optional_value) {
      description.add_options()(names.c_str(), po::value<std::string>()->implicit_value(""), "");
    } else {
      description.add_options()(names.c_str(), po::value<std::string>(), "");
    }
  }
}

/// The long name without dashes and value: `--prot=5` is `prot`.
std::string_view bare_name(std::string_view word) {
  word.remove_prefix(std::min(word.find_first_not_of('-'), word.size()));
  return word.substr(0, word.find('='));
}

tl::unexpected<HintedError> unknown_option(const Command* command, std::string_view word) {
  std::string message = "unknown option '" + std::string(word.substr(0, word.find('='))) + "'";
  if (command != nullptr) {
    message += " of '" + std::string(command->name) + "'";
  }
  std::vector<std::string_view> candidates;
  const auto collect = [&candidates](std::span<const Option> options) {
    for (const Option& option : options) {
      candidates.push_back(option.name);
    }
  };
  if (command != nullptr) {
    collect(command->options);
  }
  collect(global_options());
  if (const auto nearest = nearest_word(bare_name(word), candidates)) {
    return usage(std::move(message), did_you_mean("--" + *nearest));
  }
  return usage(std::move(message), usage_hint(name_of(command)));
}

/// Translates an exception of the parser.
tl::unexpected<HintedError> malformed(const Command* command,
                                      const po::error_with_option_name& error) {
  const std::string typed = error.get_option_name();
  const Option* option = find_option(command, bare_name(typed));
  const auto* syntax = dynamic_cast<const po::invalid_syntax*>(&error);
  const bool superfluous =
      syntax != nullptr && syntax->kind() == po::invalid_syntax::extra_parameter;
  const std::string hint = usage_hint(name_of(command));
  if (superfluous) {
    return usage("option '" + typed + "' takes no value", hint);
  }
  const std::string value = option == nullptr ? "value" : std::string(option->value);
  return usage("option '" + typed + "' needs a value (" + value + ")", hint);
}

Parsed<std::vector<po::option>> parse_words(const Command* command,
                                            const std::vector<std::string>& words) {
  po::options_description description;
  std::vector<Option> known(global_options().begin(), global_options().end());
  if (command != nullptr) {
    // An option of the command hides a global one of the same name.
    std::erase_if(known, [command](const Option& option) {
      return find_option(command, option.name)->value != option.value;
    });
    describe(description, command->options);
  }
  describe(description, known);
  const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  try {
    return po::command_line_parser(words).options(description).style(style).run().options;
  } catch (const po::unknown_option& error) {
    return unknown_option(command, error.get_option_name());
  } catch (const po::error_with_option_name& error) {
    return malformed(command, error);
  }
}

/// Moves parsed options to values and arguments, and overwrites the copies of the parser.
Parsed<void> collect(std::vector<po::option>& parsed, CommandLine& line) {
  for (po::option& each : parsed) {
    if (each.string_key.empty()) {
      std::ranges::move(each.value, std::back_inserter(line.arguments));
      continue;
    }
    const Option* option = find_option(line.command, each.string_key);
    std::vector<std::string>& values = line.values[each.string_key];
    if (!values.empty() && !option->repeatable) {
      return usage("option '--" + each.string_key + "' is given twice",
                   usage_hint(name_of(line.command)));
    }
    values.push_back(each.value.empty() ? std::string() : each.value.front());
    std::ranges::for_each(each.value, Secret::cleanse);
    std::ranges::for_each(each.original_tokens, Secret::cleanse);
  }
  return {};
}

/// The number of words before the command.
std::size_t count_leading_options(std::span<const std::string> words) {
  std::size_t count = 0;
  while (count < words.size() && words[count].size() > 1 && words[count][0] == '-' &&
         words[count] != "--") {
    const Option* option = find_option(nullptr, bare_name(words[count]));
    const bool value_follows =
        option != nullptr && !option->value.empty() && words[count].find('=') == std::string::npos;
    count += value_follows ? 2 : 1;
  }
  return std::min(count, words.size());
}

Parsed<const Command*> command_of(std::string_view word) {
  if (const Command* command = find_command(word)) {
    return command;
  }
  return usage("unknown command '" + std::string(word) + "'", unknown_command_hint(word));
}

}  // namespace

Parsed<CommandLine> parse_command_line(std::span<const std::string> words) {
  CommandLine line;
  const std::size_t leading = count_leading_options(words);
  std::vector<std::string> before(words.begin(), words.begin() + static_cast<long>(leading));
  // Only global options may stand before the command.
  auto parsed = parse_words(nullptr, before);
  if (!parsed) {
    return tl::unexpected(std::move(parsed.error()));
  }
  std::span<const std::string> rest = words.subspan(leading);
  if (!rest.empty() && rest.front() == "--") {
    rest = rest.subspan(1);
  }
  if (rest.empty()) {
    const auto collected = collect(*parsed, line);
    return collected ? Parsed<CommandLine>(std::move(line)) : tl::unexpected(collected.error());
  }
  const auto command = command_of(rest.front());
  if (!command) {
    return tl::unexpected(command.error());
  }
  line.command = *command;
  if (line.command->raw_arguments) {
    line.arguments.assign(rest.begin() + 1, rest.end());
  } else {
    std::vector<std::string> after(rest.begin() + 1, rest.end());
    auto own = parse_words(line.command, after);
    std::ranges::for_each(after, Secret::cleanse);
    if (!own) {
      return tl::unexpected(std::move(own.error()));
    }
    std::ranges::move(*own, std::back_inserter(*parsed));
  }
  const auto collected = collect(*parsed, line);
  return collected ? Parsed<CommandLine>(std::move(line)) : tl::unexpected(collected.error());
}

Result<void> check_argument_count(const Command& command, std::span<const std::string> arguments) {
  const std::string name(command.name);
  if (arguments.size() < command.min_arguments) {
    const std::string found = arguments.empty() ? "nothing" : "only '" + arguments.back() + "'";
    return fail(
        Errc::Usage,
        "'" + name + "' needs " + std::string(command.arguments) + ", but " + found + " is given");
  }
  if (arguments.size() > command.max_arguments) {
    return fail(Errc::Usage,
                "'" + name + "' takes no argument '" + arguments[command.max_arguments] + "'");
  }
  return {};
}

std::string unknown_command_hint(std::string_view word) {
  std::vector<std::string_view> names;
  for (const Command* each : command_table()) {
    names.push_back(each->name);
  }
  const auto nearest = nearest_word(word, names);
  return nearest ? did_you_mean(*nearest) : usage_hint("");
}

std::string spelled(const Option& option) {
  std::string text = "--" + std::string(option.name);
  if (option.optional_value) {
    text += "[=" + std::string(option.value) + "]";
  } else if (!option.value.empty()) {
    text += " " + std::string(option.value);
  }
  return text;
}

bool takes_path(const Option& option) {
  constexpr std::array<std::string_view, 6> kPaths = {
      "FILE", "KEY", "OUT", "FOLDER", "FILE|-", "FILE|SIZE"};
  return std::ranges::find(kPaths, option.value) != kPaths.end();
}

std::vector<std::string> choices_of(const Option& option) {
  std::vector<std::string> choices;
  std::string_view rest = option.value;
  if (rest != lower_case(rest) || rest.find('|') == std::string_view::npos) {
    return choices;
  }
  while (true) {
    const std::size_t bar = rest.find('|');
    choices.emplace_back(rest.substr(0, bar));
    if (bar == std::string_view::npos) {
      return choices;
    }
    rest.remove_prefix(bar + 1);
  }
}

}  // namespace otatool::cli
