// One call of a subcommand: its options, wherever they were set, its arguments and the way to talk.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/result.hpp"

namespace otatool::cli {

class Messages;

/// Values of options by long name; a flag that was given has one empty value for each time.
using OptionValues = std::map<std::string, std::vector<std::string>, std::less<>>;

class Invocation {
 public:
  Invocation(OptionValues values, std::vector<std::string> arguments, Messages& messages);

  [[nodiscard]] bool flag(std::string_view option) const;
  /// The last value given, or nothing.
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
  /// One of `choices` by its index, or `fallback` when the option is not given; Usage error
  /// otherwise.
  [[nodiscard]] Result<std::size_t> choice(std::string_view option,
                                           std::span<const std::string_view> choices,
                                           std::size_t fallback) const;

  [[nodiscard]] std::span<const std::string> arguments() const { return arguments_; }
  [[nodiscard]] Messages& messages() const { return messages_; }

 private:
  OptionValues values_;
  std::vector<std::string> arguments_;
  Messages& messages_;
};

}  // namespace otatool::cli
