#include "cli/frame/invocation.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "otatool/number.hpp"

#include "cli/frame/secret_variable.hpp"

namespace otatool::cli {
namespace {

constexpr std::chrono::milliseconds kLongestTime = std::chrono::hours(24);

/// `2`, `2.5` or `.25` seconds, with at most three digits after the point.
std::optional<std::chrono::milliseconds> decimal_seconds(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  std::string fraction(point == text.size() ? "" : text.substr(point + 1));
  if ((whole.empty() && fraction.empty()) || fraction.size() > 3 ||
      (point != text.size() && fraction.empty())) {
    return std::nullopt;
  }
  fraction.resize(3, '0');
  const auto seconds = whole.empty() ? 0U : parse_number<std::uint32_t>(whole);
  const auto millis = parse_number<std::uint32_t>(fraction);
  if (!seconds || !millis) {
    return std::nullopt;
  }
  return std::chrono::milliseconds(std::uint64_t{*seconds} * 1000 + *millis);
}

}  // namespace

Invocation::Invocation(OptionValues values, std::vector<std::string> arguments, Messages& messages)
    : Invocation(std::move(values), {}, std::move(arguments), messages) {}

Invocation::Invocation(OptionValues values,
                       OptionSources sources,
                       std::vector<std::string> arguments,
                       Messages& messages)
    : values_(std::move(values)),
      sources_(std::move(sources)),
      arguments_(std::move(arguments)),
      messages_(messages) {}

bool Invocation::flag(std::string_view option) const {
  return values_.contains(option);
}

std::optional<std::string> Invocation::value(std::string_view option) const {
  const auto found = values_.find(option);
  if (found == values_.end() || found->second.empty()) {
    return std::nullopt;
  }
  return found->second.back();
}

std::vector<std::string> Invocation::values(std::string_view option) const {
  const auto found = values_.find(option);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

Result<std::optional<std::uint64_t>> Invocation::number(std::string_view option,
                                                        std::uint64_t smallest,
                                                        std::uint64_t largest) const {
  const auto text = value(option);
  if (!text) {
    return std::nullopt;
  }
  const auto parsed = parse_number<std::uint64_t>(*text);
  if (!parsed || *parsed < smallest || *parsed > largest) {
    return fail(Errc::Usage,
                fmt::format("{}: '{}' is not a whole number from {} to {}",
                            place(option),
                            *text,
                            smallest,
                            largest));
  }
  return parsed;
}

Result<std::optional<std::chrono::milliseconds>> Invocation::seconds(
    std::string_view option) const {
  const auto text = value(option);
  if (!text) {
    return std::nullopt;
  }
  const auto parsed = decimal_seconds(*text);
  if (!parsed || parsed->count() == 0 || *parsed > kLongestTime) {
    return fail(Errc::Usage,
                fmt::format("{}: '{}' is not a time in seconds, such as 2 or 2.5, of at most a day",
                            place(option),
                            *text));
  }
  return parsed;
}

Result<std::optional<std::size_t>> Invocation::choice(
    std::string_view option, std::span<const std::string_view> choices) const {
  const auto text = value(option);
  if (!text) {
    return std::nullopt;
  }
  const auto found = std::ranges::find(choices, *text);
  if (found != choices.end()) {
    return static_cast<std::size_t>(found - choices.begin());
  }
  return fail(
      Errc::Usage,
      fmt::format("{}: '{}' is not one of {}", place(option), *text, fmt::join(choices, ", ")));
}

std::optional<Origin> Invocation::origin(std::string_view option) const {
  if (!values_.contains(option)) {
    return std::nullopt;
  }
  const auto found = sources_.find(option);
  return found == sources_.end() ? Origin::CommandLine : found->second.origin;
}

const ConfiguredDevice* Invocation::device(std::string_view name) const {
  const auto found = devices_.find(name);
  return found == devices_.end() ? nullptr : &found->second;
}

std::optional<Secret> Invocation::take_secret(std::string_view option) {
  const auto found = values_.find(option);
  if (found == values_.end() || found->second.empty()) {
    return std::nullopt;
  }
  Secret secret(found->second.back());
  for (std::string& text : found->second) {
    Secret::cleanse(text);
  }
  if (origin(option) == Origin::Environment) {
    overwrite_variable(place(option));
  }
  values_.erase(found);
  return secret;
}

std::string Invocation::place(std::string_view option) const {
  const auto found = sources_.find(option);
  return found == sources_.end() ? fmt::format("option '--{}'", option) : found->second.place;
}

}  // namespace otatool::cli
