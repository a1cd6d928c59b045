#include "http/pages/html.hpp"

#include <algorithm>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "otatool/unix_time.hpp"

namespace otatool::http {
namespace {

std::string_view entity(char letter) {
  switch (letter) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    default:
      return {};
  }
}

/// Years that need more than four digits come from a broken clock or store.
std::tm utc(std::int64_t time) {
  constexpr std::int64_t kEndOf9999 = 253'402'300'799;
  return utc_time(std::clamp<std::int64_t>(time, 0, kEndOf9999));
}

std::string time_element(std::int64_t time, std::string_view text) {
  return fmt::format("<time datetime=\"{:%Y-%m-%dT%H:%M:%S}Z\">{}</time>", utc(time), text);
}

}  // namespace

std::string html(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char letter : text) {
    const std::string_view name = entity(letter);
    if (name.empty()) {
      escaped.push_back(letter);
    } else {
      escaped += name;
    }
  }
  return escaped;
}

std::string filled(std::string_view text,
                   std::initializer_list<std::pair<std::string_view, std::string_view>> values) {
  std::string result;
  while (true) {
    const std::size_t begin = text.find("{{");
    const std::size_t end = text.find("}}", begin);
    if (end == std::string_view::npos) {
      return result.append(text);
    }
    result.append(text.substr(0, begin));
    const std::string_view name = text.substr(begin + 2, end - begin - 2);
    const auto* const value =
        std::ranges::find(values, name, &std::pair<std::string_view, std::string_view>::first);
    if (value != values.end()) {
      result.append(value->second);
    }
    text.remove_prefix(end + 2);
  }
}

std::string time_ago(std::int64_t time, std::int64_t now) {
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 60 * kMinute;
  constexpr std::int64_t kDay = 24 * kHour;
  const std::int64_t past = now - time;
  if (past < kMinute) {
    return time_element(time, "now");
  }
  const auto [unit, word] = past < 2 * kHour  ? std::pair(kMinute, "min")
                            : past < 2 * kDay ? std::pair(kHour, "h")
                                              : std::pair(kDay, "days");
  return time_element(time, fmt::format("{} {} ago", past / unit, word));
}

std::string time_of_day(std::int64_t time) {
  return time_element(time, fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", utc(time)));
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) {
    text.insert(i - 3, ",");
  }
  return text;
}

}  // namespace otatool::http
