#include "cli/frame/config.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <toml++/toml.h>

#include "otatool/nesting.hpp"

#include "cli/frame/choice.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/spelling.hpp"
#include "cli/io/terminal.hpp"

namespace otatool::cli {
namespace {

using Failure = tl::unexpected<HintedError>;
template <typename T>
using Parsed = tl::expected<T, HintedError>;

constexpr std::array<std::string_view, 3> kSecrets = {"password", "password-hash", "passphrase"};
constexpr std::array<std::string_view, 2> kNeverConfigured = {"help", "version"};
constexpr std::array<std::string_view, 3> kTables = {"defaults", "device", "serve"};
constexpr std::array<std::string_view, 7> kDeviceKeys = {
    "host", "port", "chip", "password-file", "encryption-key-file", "via", "layout"};

template <typename Words>
bool contains(const Words& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

class ConfigReader {
 public:
  explicit ConfigReader(const std::string& path) : path_(path) {
    config_.folder = std::filesystem::path(path).parent_path().string();
  }

  Parsed<Config> read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      if (!contains(kTables, key.str())) {
        return unknown(key, "name", "", kTables);
      }
      const toml::table* table = node.as_table();
      if (table == nullptr) {
        return refuse(key.source(), fmt::format("'{}' is not a table", key.str()));
      }
      Parsed<void> done;
      if (key.str() == "defaults") {
        done = read_defaults(*table);
      } else if (key.str() == "device") {
        done = read_devices(*table);
      }
      if (!done) {
        return Failure(std::move(done.error()));
      }
    }
    return std::move(config_);
  }

 private:
  [[nodiscard]] std::string place(const toml::source_region& source) const {
    return fmt::format("{}:{}", path_, source.begin.line);
  }

  [[nodiscard]] Failure refuse(const toml::source_region& source,
                               const std::string& what,
                               std::string hint = {}) const {
    return Failure(HintedError{Error(Errc::Usage, place(source) + ": " + what), std::move(hint)});
  }

  [[nodiscard]] Failure unknown(const toml::key& key,
                                std::string_view kind,
                                std::string_view where,
                                std::span<const std::string_view> known) const {
    const auto nearest = nearest_word(key.str(), known);
    return refuse(
        key.source(),
        fmt::format("unknown {} '{}'{}", kind, key.str(), where),
        nearest ? did_you_mean(*nearest) : "the section FILES of 'man otatool' lists the names");
  }

  [[nodiscard]] Failure secret(const toml::key& key) const {
    return refuse(
        key.source(),
        fmt::format("'{}' is a secret, and a configuration file may not hold one", key.str()),
        "put the secret into a file and name it with password-file");
  }

  Parsed<void> read_defaults(const toml::table& table) {
    for (const auto& [key, node] : table) {
      if (contains(kSecrets, key.str())) {
        return secret(key);
      }
      if (!is_option(key.str())) {
        return unknown(key, "option", " in [defaults]", option_names());
      }
      auto value = read_value(key, node);
      if (!value) {
        return Failure(std::move(value.error()));
      }
      config_.defaults.emplace(key.str(), ConfiguredOption{std::move(*value), place(key.source())});
    }
    return {};
  }

  /// The long names of the options that a file may set.
  static std::vector<std::string_view> option_names() {
    std::vector<std::string_view> names;
    const auto add = [&names](std::span<const Option> options) {
      for (const Option& option : options) {
        if (!contains(names, option.name) && !contains(kSecrets, option.name) &&
            !contains(kNeverConfigured, option.name)) {
          names.push_back(option.name);
        }
      }
    };
    add(global_options());
    for (const Command* command : command_table()) {
      add(command->options);
    }
    return names;
  }

  static bool is_option(std::string_view name) { return contains(option_names(), name); }

  static std::optional<std::string> text_of(const toml::node& node) {
    if (const auto* text = node.as_string()) {
      return text->get();
    }
    if (const auto* number = node.as_integer()) {
      return fmt::format("{}", number->get());
    }
    if (const auto* number = node.as_floating_point()) {
      return fmt::format("{}", number->get());
    }
    return std::nullopt;
  }

  [[nodiscard]] Parsed<decltype(ConfiguredOption::value)> read_value(const toml::key& key,
                                                                     const toml::node& node) const {
    if (const auto* flag = node.as_boolean()) {
      return flag->get();
    }
    if (const auto text = text_of(node)) {
      return std::vector<std::string>{*text};
    }
    std::vector<std::string> texts;
    if (const auto* list = node.as_array()) {
      for (const toml::node& element : *list) {
        if (const auto text = text_of(element)) {
          texts.push_back(*text);
        }
      }
      if (texts.size() == list->size() && !texts.empty()) {
        return texts;
      }
    }
    return refuse(
        key.source(),
        fmt::format("'{}' is not a text, a number, true, false or a list of texts", key.str()));
  }

  Parsed<void> read_devices(const toml::table& table) {
    for (const auto& [name, node] : table) {
      const toml::table* entries = node.as_table();
      if (entries == nullptr) {
        return refuse(name.source(), fmt::format("[device.{}] is not a table", name.str()));
      }
      ConfiguredDevice device = {.host = {}, .place = place(name.source())};
      for (const auto& [key, value] : *entries) {
        if (auto read = read_device_key(device, key, value); !read) {
          return read;
        }
      }
      if (device.host.empty()) {
        return refuse(name.source(), fmt::format("[device.{}] has no 'host'", name.str()));
      }
      config_.devices.emplace(name.str(), std::move(device));
    }
    return {};
  }

  Parsed<void> read_device_key(ConfiguredDevice& device,
                               const toml::key& key,
                               const toml::node& node) const {
    if (contains(kSecrets, key.str())) {
      return secret(key);
    }
    if (!contains(kDeviceKeys, key.str())) {
      return unknown(key, "name", " of a device", kDeviceKeys);
    }
    if (key.str() == "port") {
      const auto port = node.value_exact<std::int64_t>();
      if (!port || *port < 1 || *port > 65535) {
        return refuse(key.source(), "'port' is not a whole number from 1 to 65535");
      }
      device.port = static_cast<std::uint16_t>(*port);
      return {};
    }
    const auto text = node.value_exact<std::string>();
    if (!text || text->empty()) {
      return refuse(key.source(), fmt::format("'{}' is not a text", key.str()));
    }
    if (key.str() == "host") {
      device.host = *text;
    } else if (key.str() == "layout") {
      device.layout = *text;
    } else if (key.str() == "password-file") {
      device.password_file = path_from(config_.folder, *text);
    } else if (key.str() == "encryption-key-file") {
      device.encryption_key_file = path_from(config_.folder, *text);
    } else if (key.str() == "via") {
      device.via = *text;
    } else {
      device.chip = find_choice<ChipFamily>(kChipChoices, *text);
      if (!device.chip) {
        return refuse(key.source(),
                      fmt::format("'chip': '{}' is not one of auto, esp8266, esp32", *text));
      }
    }
    return {};
  }

  std::string path_;
  Config config_;
};

}  // namespace

Parsed<Config> parse_config(std::string_view text, const std::string& path) {
  const auto refuse = [&path](std::size_t line, std::string_view what) {
    return Failure(
        HintedError{Error(Errc::Usage, fmt::format("{}:{}: {}", path, line, what)),
                    "the file must be TOML; the section FILES of 'man otatool' has an example"});
  };
  if (const auto place = find_too_deep(text)) {
    return refuse(place->line, place->what);
  }
  try {
    return ConfigReader(path).read(toml::parse(text));
  } catch (const toml::parse_error& error) {
    return refuse(error.source().begin.line, error.description());
  }
}

std::string path_from(const std::string& folder, const std::string& written) {
  if (written == "-" || written.starts_with('/')) {
    return written;
  }
  if (written.starts_with("~/")) {
    return environment("HOME").value_or("~") + written.substr(1);
  }
  return (std::filesystem::path(folder) / written).string();
}

}  // namespace otatool::cli
