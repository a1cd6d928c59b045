#include "http/text/http_date.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include "otatool/number.hpp"

namespace otatool::http {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
/// A two-digit year from 70 on is in the 20th century (RFC 9110 5.6.7 depends on the clock).
constexpr int kFirstOldYear = 70;

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view kSeparators = " ,-:";
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t start = text.find_first_not_of(kSeparators);
    if (start == std::string_view::npos) {
      return words;
    }
    text.remove_prefix(start);
    const std::size_t end = std::min(text.find_first_of(kSeparators), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::optional<int> number(std::string_view word, unsigned largest) {
  const auto value = parse_number<unsigned>(word);
  return value && *value <= largest ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

struct Words {
  std::string_view day;
  std::string_view month;
  std::string_view year;
  std::array<std::string_view, 3> time;
};

/// Assigns the words of any of the three forms.
std::optional<Words> arrange(std::string_view text) {
  const std::vector<std::string_view> word = words_of(text);
  if (word.size() == 8 && word[7] == "GMT") {
    return Words{word[1], word[2], word[3], {word[4], word[5], word[6]}};
  }
  if (word.size() == 7) {  // asctime
    return Words{word[2], word[1], word[6], {word[3], word[4], word[5]}};
  }
  return std::nullopt;
}

}  // namespace

std::string format_date(std::int64_t seconds) {
  using namespace std::chrono;
  const sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  // Every answer has one or two dates.
  std::string text = "Sun, 00 Jan 0000 00:00:00 GMT";
  const auto put = [&text](std::size_t at, std::string_view word) {
    text.replace(at, word.size(), word);
  };
  const auto put_number = [&text](std::size_t at, unsigned number) {
    text[at] = static_cast<char>('0' + number / 10 % 10);
    text[at + 1] = static_cast<char>('0' + number % 10);
  };
  const auto year_number = static_cast<unsigned>(static_cast<int>(date.year()));
  put(0, kDays.at(weekday(day).c_encoding()));
  put_number(5, static_cast<unsigned>(date.day()));
  put(8, kMonths.at(static_cast<unsigned>(date.month()) - 1));
  put_number(12, year_number / 100);
  put_number(14, year_number % 100);
  put_number(17, static_cast<unsigned>(clock.hours().count()));
  put_number(20, static_cast<unsigned>(clock.minutes().count()));
  put_number(23, static_cast<unsigned>(clock.seconds().count()));
  return text;
}

std::optional<std::int64_t> parse_date(std::string_view text) {
  using namespace std::chrono;
  const auto words = arrange(text);
  if (!words) {
    return std::nullopt;
  }
  const auto month_found = std::ranges::find(kMonths, words->month);
  const auto day_number = number(words->day, 31);
  auto year_number = number(words->year, 9999);
  const auto hour = number(words->time[0], 23);
  const auto minute_number = number(words->time[1], 59);
  const auto second_number = number(words->time[2], 60);
  if (month_found == kMonths.end() || !day_number || !year_number || !hour || !minute_number ||
      !second_number) {
    return std::nullopt;
  }
  if (words->year.size() == 2) {
    *year_number += *year_number >= kFirstOldYear ? 1900 : 2000;
  }
  const year_month_day date{year(*year_number),
                            month(static_cast<unsigned>(month_found - kMonths.begin()) + 1),
                            day(static_cast<unsigned>(*day_number))};
  if (!date.ok()) {
    return std::nullopt;
  }
  const sys_seconds time = sys_days(date) + hours(*hour) + minutes(*minute_number) +
                           std::chrono::seconds(*second_number);
  return time.time_since_epoch().count();
}

}  // namespace otatool::http
