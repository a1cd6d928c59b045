#include "cli/frame/settings.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>

#include "otatool/ascii.hpp"
#include "otatool/number.hpp"

#include "cli/frame/command_table.hpp"
#include "cli/frame/options.hpp"
#include "cli/io/terminal.hpp"
#include "files/files.hpp"

namespace otatool::cli {
namespace {

using Failure = tl::unexpected<HintedError>;

/// The values of one option from another source than the command line; none for a flag that is
/// switched off.
struct Setting {
  std::vector<std::string> values;
  OptionSource source;
};
using MaybeSetting = tl::expected<std::optional<Setting>, HintedError>;

/// help and version are actions, not settings; secrets.cpp reads the two secrets itself.
constexpr std::array<std::string_view, 4> kWithoutVariable = {
    "help", "version", "password", "passphrase"};

Failure refuse(const OptionSource& source, const std::string& what) {
  return Failure(HintedError{Error(Errc::Usage, source.place + ": " + what), {}});
}

/// The number of times that `text` sets a flag; nothing if `text` is not a value of a flag.
std::optional<std::size_t> repetitions(const Option& option, std::string_view text) {
  constexpr std::array<std::string_view, 4> kOn = {"1", "true", "yes", "on"};
  constexpr std::array<std::string_view, 4> kOff = {"0", "false", "no", "off"};
  if (std::ranges::find(kOn, text) != kOn.end()) {
    return 1;
  }
  if (std::ranges::find(kOff, text) != kOff.end()) {
    return 0;
  }
  if (option.repeatable && text.size() == 1 && text[0] >= '2' && text[0] <= '9') {
    return static_cast<std::size_t>(text[0] - '0');
  }
  return std::nullopt;
}

/// Whether `text` switches an option with an optional value; a number is the value.
bool is_switch(std::string_view text) {
  return repetitions({.name = {}}, text).has_value() && !is_digit(text.front());
}

MaybeSetting flag_setting(const Option& option, std::string_view text, OptionSource source) {
  const auto count = repetitions(option, text);
  if (!count) {
    return refuse(source,
                  fmt::format("'{}' is not one of yes, no, true, false, on, off, 1, 0", text));
  }
  return Setting{std::vector<std::string>(*count), std::move(source)};
}

MaybeSetting from_environment(const Option& option) {
  const std::string variable = variable_of(option.name);
  const auto text = environment(variable.c_str());
  if (!text || std::ranges::find(kWithoutVariable, option.name) != kWithoutVariable.end()) {
    return std::nullopt;
  }
  OptionSource source = {Origin::Environment, variable};
  if (option.value.empty() || (option.optional_value && is_switch(*text))) {
    return flag_setting(option, *text, std::move(source));
  }
  return Setting{{*text}, std::move(source)};
}

/// The value of an option that takes a path, and is another thing: a key in a token (RFC 7512), or
/// a size.
bool is_no_path(const Option& option, std::string_view written) {
  const bool is_number =
      parse_number<std::uint64_t>(written) ||
      (written.starts_with("0x") && parse_number<std::uint64_t>(written.substr(2), 16));
  return written.starts_with("pkcs11:") || (option.value == "FILE|SIZE" && is_number);
}

MaybeSetting from_file(const Option& option, const std::optional<Config>& file, Origin origin) {
  if (!file) {
    return std::nullopt;
  }
  const auto found = file->defaults.find(option.name);
  if (found == file->defaults.end()) {
    return std::nullopt;
  }
  OptionSource source = {origin, fmt::format("{}: '{}'", found->second.place, option.name)};
  const bool* on = std::get_if<bool>(&found->second.value);
  if (option.value.empty() || (option.optional_value && on != nullptr)) {
    const auto* texts = std::get_if<std::vector<std::string>>(&found->second.value);
    const std::string text = on != nullptr ? (*on ? "on" : "off") : texts->front();
    return flag_setting(option, text, std::move(source));
  }
  if (on != nullptr) {
    return refuse(source, fmt::format("needs a value ({})", option.value));
  }
  auto values = std::get<std::vector<std::string>>(found->second.value);
  if (values.size() > 1 && !option.repeatable) {
    return refuse(source, "takes one value, not a list");
  }
  if (takes_path(option)) {
    std::ranges::transform(values, values.begin(), [&](const std::string& written) {
      return is_no_path(option, written) ? written : path_from(file->folder, written);
    });
  }
  return Setting{std::move(values), std::move(source)};
}

/// The setting with the highest precedence, or nothing.
MaybeSetting find_setting(const Option& option, const ConfigFiles& files) {
  if (auto setting = from_environment(option); !setting || *setting) {
    return setting;
  }
  if (auto setting = from_file(option, files.project, Origin::ProjectFile); !setting || *setting) {
    return setting;
  }
  return from_file(option, files.user, Origin::UserFile);
}

tl::expected<void, HintedError> add_settings(std::span<const Option> options,
                                             const ConfigFiles& files,
                                             Settings& settings) {
  for (const Option& option : options) {
    if (settings.values.contains(option.name)) {
      continue;
    }
    auto setting = find_setting(option, files);
    if (!setting) {
      return Failure(std::move(setting.error()));
    }
    if (*setting && !(*setting)->values.empty()) {
      settings.values.emplace(option.name, std::move((*setting)->values));
      settings.sources.emplace(option.name, std::move((*setting)->source));
    }
  }
  return {};
}

tl::expected<std::optional<Config>, HintedError> read_config(const std::filesystem::path& path) {
  auto text = files::read_text_file(path.string(), files::kLargestText);
  if (!text) {
    return Failure(HintedError{text.error(), std::string(hint_for(text.error().code()))});
  }
  auto config = parse_config(*text, path.string());
  if (!config) {
    return Failure(std::move(config.error()));
  }
  return std::move(*config);
}

bool is_file(const std::filesystem::path& path) {
  std::error_code unknown;
  return std::filesystem::is_regular_file(path, unknown);
}

std::optional<std::filesystem::path> project_file() {
  std::error_code gone;
  std::filesystem::path folder = std::filesystem::current_path(gone);
  while (!gone && !folder.empty()) {
    if (is_file(folder / "otatool.toml")) {
      return folder / "otatool.toml";
    }
    if (folder == folder.root_path()) {
      break;
    }
    folder = folder.parent_path();
  }
  return std::nullopt;
}

std::optional<std::filesystem::path> user_file() {
  const auto home = environment("HOME");
  std::filesystem::path folder = environment("XDG_CONFIG_HOME").value_or("");
  // The XDG Base Directory Specification requires relative paths to be ignored.
  if (!folder.is_absolute()) {
    if (!home) {
      return std::nullopt;
    }
    folder = std::filesystem::path(*home) / ".config";
  }
  folder /= "otatool/config.toml";
  return is_file(folder) ? std::optional(folder) : std::nullopt;
}

}  // namespace

tl::expected<ConfigFiles, HintedError> read_config_files() {
  ConfigFiles files;
  if (const auto path = project_file()) {
    auto config = read_config(*path);
    if (!config) {
      return Failure(std::move(config.error()));
    }
    files.project = std::move(*config);
  }
  if (const auto path = user_file()) {
    auto config = read_config(*path);
    if (!config) {
      return Failure(std::move(config.error()));
    }
    files.user = std::move(*config);
  }
  return files;
}

tl::expected<Settings, HintedError> settle(const Command& command,
                                           OptionValues values,
                                           ConfigFiles files) {
  Settings settings = {.values = std::move(values), .sources = {}, .devices = {}};
  for (const auto options : {command.options, global_options()}) {
    if (auto added = add_settings(options, files, settings); !added) {
      return Failure(std::move(added.error()));
    }
  }
  // merge() keeps existing entries: a device of the project hides the user's of the same name.
  if (files.project) {
    settings.devices.merge(files.project->devices);
  }
  if (files.user) {
    settings.devices.merge(files.user->devices);
  }
  return settings;
}

bool is_switched_on(std::string_view flag) {
  const auto text = environment(variable_of(flag).c_str());
  return text && repetitions({.name = flag}, *text).value_or(0) > 0;
}

std::string variable_of(std::string_view option) {
  std::string name = "OTATOOL_";
  for (const char letter : option) {
    name += letter == '-' ? '_' : upper_case(letter);
  }
  return name;
}

}  // namespace otatool::cli
