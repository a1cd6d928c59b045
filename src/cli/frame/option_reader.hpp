// Reads the options of one command and keeps the first error, so that a command reads all its
// options in a row and asks for an error once, by finish(). Prints nothing.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "otatool/result.hpp"
#include "otatool/secret.hpp"

#include "cli/frame/choice.hpp"
#include "cli/frame/invocation.hpp"

namespace otatool::cli {

/// The smallest and the largest number that an option takes.
template <std::unsigned_integral T>
struct Limits {
  T smallest = 0;
  T largest = std::numeric_limits<T>::max();
};

class OptionReader {
 public:
  explicit OptionReader(Invocation& invocation) : invocation_(invocation) {}

  [[nodiscard]] Invocation& invocation() const { return invocation_; }

  [[nodiscard]] bool flag(std::string_view option) const { return invocation_.flag(option); }
  /// The last value, or nothing if the option is not set.
  [[nodiscard]] std::optional<std::string> text(std::string_view option) const {
    return invocation_.value(option);
  }
  [[nodiscard]] std::string text(std::string_view option, std::string fallback) const {
    return invocation_.value(option).value_or(std::move(fallback));
  }
  [[nodiscard]] std::vector<std::string> texts(std::string_view option) const {
    return invocation_.values(option);
  }

  /// A whole decimal number within the limits, or nothing if the option is not set.
  template <std::unsigned_integral T>
  [[nodiscard]] std::optional<T> number(std::string_view option, Limits<T> limits = {}) {
    const auto number = take(invocation_.number(option, limits.smallest, limits.largest));
    return number ? std::optional<T>(static_cast<T>(*number)) : std::nullopt;
  }
  template <std::unsigned_integral T>
  [[nodiscard]] T number(std::string_view option, Limits<T> limits, T fallback) {
    return number<T>(option, limits).value_or(fallback);
  }

  /// Seconds with an optional fraction (`2.5`), more than zero, at most a day.
  [[nodiscard]] std::optional<std::chrono::milliseconds> seconds(std::string_view option) {
    return take(invocation_.seconds(option));
  }
  [[nodiscard]] std::chrono::milliseconds seconds(std::string_view option,
                                                  std::chrono::milliseconds fallback) {
    return seconds(option).value_or(fallback);
  }

  /// The value whose name the option gives.
  template <typename T>
  [[nodiscard]] T choice(std::string_view option, std::span<const Choice<T>> choices, T fallback) {
    std::vector<std::string_view> names;
    for (const Choice<T>& each : choices) {
      names.push_back(each.name);
    }
    const auto index = take(invocation_.choice(option, names));
    return index ? choices[*index].value : fallback;
  }
  template <typename T>
  [[nodiscard]] T choice(std::string_view option,
                         std::initializer_list<Choice<T>> choices,
                         T fallback) {
    return choice(option, std::span<const Choice<T>>(choices.begin(), choices.size()), fallback);
  }

  /// The value, parsed by `parse`, a Result<T>(const std::string&). An error of `parse` gets the
  /// option's name as context.
  template <typename Parse, typename T>
  [[nodiscard]] T parsed(std::string_view option, const Parse& parse, T fallback) {
    const auto given = invocation_.value(option);
    if (!given) {
      return fallback;
    }
    auto value = parse(*given);
    if (!value) {
      refuse(value.error().with_context(invocation_.place(option)));
      return fallback;
    }
    return static_cast<T>(std::move(*value));
  }

  /// The value of a Result. On failure the reader keeps its error and returns T{}.
  template <typename T>
  [[nodiscard]] T take(Result<T> result) {
    if (!result) {
      refuse(std::move(result.error()));
      return T{};
    }
    return std::move(*result);
  }
  void take(Result<void> result) {
    if (!result) {
      refuse(std::move(result.error()));
    }
  }

  /// Keeps an error, unless there was one before.
  void refuse(Error error) {
    if (!error_) {
      error_ = std::move(error);
    }
  }
  /// A Usage error about the value of an option: `option '--port': MESSAGE`.
  void refuse(std::string_view option, std::string_view message) {
    refuse(Error(Errc::Usage, std::string(message)).with_context(invocation_.place(option)));
  }

  [[nodiscard]] bool failed() const { return error_.has_value(); }
  /// The value, or the first error.
  template <typename T>
  [[nodiscard]] Result<T> finish(T value) {
    return error_ ? Result<T>(fail(*error_)) : Result<T>(std::move(value));
  }
  [[nodiscard]] Result<void> finish() {
    return error_ ? Result<void>(fail(*error_)) : Result<void>();
  }

 private:
  Invocation& invocation_;
  std::optional<Error> error_;
};

}  // namespace otatool::cli
