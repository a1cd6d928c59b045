// One call of a subcommand: its options from all sources, its arguments and its messages.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "otatool/result.hpp"
#include "otatool/secret.hpp"

#include "cli/frame/configured_device.hpp"

namespace otatool::cli {

class Messages;

/// Values of options by long name; a flag has one empty value for each time it is given.
using OptionValues = std::map<std::string, std::vector<std::string>, std::less<>>;

/// The source of an option's value, in the order of precedence.
enum class Origin { CommandLine, Environment, ProjectFile, UserFile };

struct OptionSource {
  Origin origin = Origin::CommandLine;
  std::string place;  ///< for messages: `option '--port'`, `OTATOOL_PORT`, `x.toml:3: 'port'`
};

/// The sources of options by long name; an option that is missing here is from the command line.
using OptionSources = std::map<std::string, OptionSource, std::less<>>;

class Invocation {
 public:
  Invocation(OptionValues values, std::vector<std::string> arguments, Messages& messages);
  Invocation(OptionValues values,
             OptionSources sources,
             std::vector<std::string> arguments,
             Messages& messages);

  [[nodiscard]] bool flag(std::string_view option) const;
  /// The last value, or nothing if the option is not set.
  [[nodiscard]] std::optional<std::string> value(std::string_view option) const;
  [[nodiscard]] std::vector<std::string> values(std::string_view option) const;
  /// A whole decimal number within [smallest, largest], or nothing; Usage error otherwise.
  [[nodiscard]] Result<std::optional<std::uint64_t>> number(std::string_view option,
                                                            std::uint64_t smallest,
                                                            std::uint64_t largest) const;
  /// Seconds with an optional fraction (`2.5`), more than zero, at most a day; Usage error
  /// otherwise.
  [[nodiscard]] Result<std::optional<std::chrono::milliseconds>> seconds(
      std::string_view option) const;
  /// The index of the value in `choices`, or nothing when the option is not set; Usage error
  /// otherwise.
  [[nodiscard]] Result<std::optional<std::size_t>> choice(
      std::string_view option, std::span<const std::string_view> choices) const;

  /// The source of the value, or nothing if the option is not set.
  [[nodiscard]] std::optional<Origin> origin(std::string_view option) const;
  /// The option as messages name it: `option '--port'`, `OTATOOL_PORT`, `otatool.toml:3: 'port'`.
  [[nodiscard]] std::string place(std::string_view option) const;
  /// The value as a secret. The copy in this object is overwritten and the option is then unset.
  [[nodiscard]] std::optional<Secret> take_secret(std::string_view option);

  /// The device with this name in a configuration file, or nullptr.
  [[nodiscard]] const ConfiguredDevice* device(std::string_view name) const;
  [[nodiscard]] const ConfiguredDevices& devices() const { return devices_; }
  void set_devices(ConfiguredDevices devices) { devices_ = std::move(devices); }

  [[nodiscard]] std::span<const std::string> arguments() const { return arguments_; }
  [[nodiscard]] Messages& messages() const { return messages_; }

 private:
  OptionValues values_;
  OptionSources sources_;
  ConfiguredDevices devices_;
  std::vector<std::string> arguments_;
  Messages& messages_;
};

}  // namespace otatool::cli
