#include "cli/completion/completion.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "otatool/image/layout.hpp"
#include "otatool/image/upload_check.hpp"

#include "cli/compat/espota_arguments.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/options.hpp"

namespace otatool::cli {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t end = text.find(separator);
    words.push_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return words;
    }
    text.remove_prefix(end + 1);
  }
}

bool names_file(std::string_view placeholder) {
  constexpr std::array<std::string_view, 5> kFiles = {"FILE", "KEY", "OUT", "FOLDER", "IMAGE"};
  return std::ranges::find(kFiles, placeholder) != kFiles.end();
}

bool names_device(std::string_view placeholder) {
  constexpr std::array<std::string_view, 5> kDevices = {"TARGET", "HOST", "NAME", "ADDRESS", "URL"};
  return std::ranges::any_of(kDevices, [placeholder](std::string_view each) {
    return placeholder.find(each) != std::string_view::npos;
  });
}

std::vector<std::string> layout_names() {
  std::vector<std::string> names;
  std::ranges::transform(image::layouts(),
                         std::back_inserter(names),
                         [](const image::Layout& each) { return std::string(each.name); });
  return names;
}

std::vector<std::string> check_names() {
  std::vector<std::string> names;
  std::ranges::transform(image::upload_checks(),
                         std::back_inserter(names),
                         [](image::UploadCheck each) { return std::string(to_string(each)); });
  return names;
}

/// The words among the parts of `N|zopfli`.
std::vector<std::string> words_of(std::string_view placeholder) {
  std::vector<std::string> words;
  for (const std::string_view part : split(placeholder, '|')) {
    if (part.size() > 1 && choices_of({.name = {}, .value = placeholder}).empty() &&
        std::ranges::all_of(part, [](char letter) { return letter >= 'a' && letter <= 'z'; })) {
      words.emplace_back(part);
    }
  }
  return words;
}

/// The arguments of a command: files first, then devices.
ArgumentWords arguments_in_order(std::string_view arguments) {
  ArgumentWords words;
  const auto placeholders = split(arguments, ' ');
  const auto device = std::ranges::find_if(placeholders, names_device);
  if (device != placeholders.end()) {
    words.before_targets = static_cast<std::size_t>(device - placeholders.begin());
  }
  words.files = words.before_targets != std::size_t{0};
  return words;
}

}  // namespace

ArgumentWords argument_words(const Command& command) {
  ArgumentWords words;
  if (command.raw_arguments) {
    // The words of a drop-in mode that are no options are mostly files.
    words.files = true;
    return words;
  }
  if (command.max_arguments == 0) {
    return words;
  }
  if (command.arguments == "[COMMAND]") {
    for (const Command* each : command_table()) {
      words.choices.emplace_back(each->name);
    }
    return words;
  }
  words.choices =
      choices_of({.name = command.name, .value = split(command.arguments, ' ').front()});
  return words.choices.empty() ? arguments_in_order(command.arguments) : words;
}

ValueWords value_words(const Option& option) {
  ValueWords words;
  words.choices = choices_of(option);
  if (option.name == "layout") {
    words.choices = layout_names();
  } else if (option.value == "CHECK") {
    words.choices = check_names();
  } else if (words.choices.empty()) {
    words.choices = words_of(option.value);
  }
  words.files = std::ranges::any_of(split(option.value, '|'), names_file);
  words.targets = option.name == "ip";
  return words;
}

std::span<const Option> offered_options(const Command& command) {
  if (command.raw_arguments) {
    return command.name == kEspotaCommand.name ? espota_options() : std::span<const Option>();
  }
  return command.options;
}

}  // namespace otatool::cli
