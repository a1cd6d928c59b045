#include "otatool/http/version_order.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "otatool/ascii.hpp"

namespace otatool::http {
namespace {

constexpr std::size_t kMostNumbers = 4;

/// Views into the text of a version. Numbers have no leading zeros: an empty one is 0.
struct Version {
  std::array<std::string_view, kMostNumbers> numbers;
  std::string_view pre_release;
};

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

std::string_view without_zeros(std::string_view number) {
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  return number;
}

/// Removes the part before `separator` from `text` and returns it.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

/// Identifiers of letters, digits and hyphens, separated by dots and not empty.
bool is_dotted(std::string_view text) {
  const auto allowed = [](char letter) {
    return is_digit(letter) || is_letter(letter) || letter == '-' || letter == '.';
  };
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos && std::ranges::all_of(text, allowed);
}

std::optional<Version> parse(std::string_view text) {
  if (text.starts_with('v') || text.starts_with('V')) {
    text.remove_prefix(1);
  }
  Version version;
  const std::size_t build = text.find('+');
  if (build != std::string_view::npos && !is_dotted(text.substr(build + 1))) {
    return std::nullopt;
  }
  text = text.substr(0, build);
  const std::size_t hyphen = text.find('-');
  if (hyphen != std::string_view::npos) {
    version.pre_release = text.substr(hyphen + 1);
    if (!is_dotted(version.pre_release)) {
      return std::nullopt;
    }
    text = text.substr(0, hyphen);
  }
  if (text.empty() || text.back() == '.') {
    return std::nullopt;
  }
  for (std::size_t i = 0; !text.empty(); ++i) {
    const std::string_view number = take(text, '.');
    if (i == kMostNumbers || !is_number(number)) {
      return std::nullopt;
    }
    version.numbers.at(i) = without_zeros(number);
  }
  return version;
}

std::strong_ordering compare_numbers(std::string_view left, std::string_view right) {
  const auto by_length = left.size() <=> right.size();
  return std::is_neq(by_length) ? by_length : left.compare(right) <=> 0;
}

/// Semantic Versioning 2.0.0, 11.4.
std::strong_ordering compare_identifiers(std::string_view left, std::string_view right) {
  const bool left_number = is_number(left);
  const bool right_number = is_number(right);
  if (left_number != right_number) {
    return left_number ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return left_number ? compare_numbers(without_zeros(left), without_zeros(right))
                     : left.compare(right) <=> 0;
}

std::strong_ordering compare_pre_releases(std::string_view left, std::string_view right) {
  if (left.empty() || right.empty()) {
    return left.empty() <=> right.empty();
  }
  while (!left.empty() && !right.empty()) {
    const auto order = compare_identifiers(take(left, '.'), take(right, '.'));
    if (std::is_neq(order)) {
      return order;
    }
  }
  return !left.empty() <=> !right.empty();
}

}  // namespace

std::partial_ordering compare_versions(std::string_view left, std::string_view right) {
  if (left == right) {
    return std::partial_ordering::equivalent;
  }
  const auto one = parse(left);
  const auto other = parse(right);
  if (!one || !other) {
    return std::partial_ordering::unordered;
  }
  for (std::size_t i = 0; i < kMostNumbers; ++i) {
    const auto order = compare_numbers(one->numbers.at(i), other->numbers.at(i));
    if (std::is_neq(order)) {
      return order;
    }
  }
  return compare_pre_releases(one->pre_release, other->pre_release);
}

}  // namespace otatool::http
