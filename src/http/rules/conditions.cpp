#include "http/rules/conditions.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "otatool/ascii.hpp"
#include "otatool/number.hpp"

#include "http/text/http_date.hpp"

namespace otatool::http {
namespace {

/// Whether a list of entity tags contains `etag`; weak tags match only if `weak` is set.
bool names(std::string_view list, std::string_view etag, bool weak) {
  list = trimmed(list);
  if (list == "*") {
    return true;
  }
  while (!list.empty()) {
    const bool is_weak = list.starts_with("W/");
    const std::string_view opaque = is_weak ? list.substr(2) : list;
    const std::size_t end = opaque.starts_with('"') ? opaque.find('"', 1) : std::string_view::npos;
    if (end == std::string_view::npos) {
      return false;
    }
    if ((weak || !is_weak) && opaque.substr(0, end + 1) == etag) {
      return true;
    }
    list = opaque.substr(end + 1);
    list.remove_prefix(std::min(list.find_first_not_of(" \t,"), list.size()));
  }
  return false;
}

/// A number beyond 64 bits counts as the largest one.
std::optional<std::uint64_t> number(std::string_view text) {
  const auto value = parse_number<std::uint64_t>(text);
  const bool overflows = !value && !text.empty() && std::ranges::all_of(text, is_digit);
  return overflows ? std::optional(UINT64_MAX) : value;
}

/// A single byte range. Nothing for any other field value, which RFC 9110 14.2 lets us ignore.
std::optional<Selection> read_range(std::string_view text, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (text.size() < kUnit.size() || !same_name(text.substr(0, kUnit.size()), kUnit)) {
    return std::nullopt;
  }
  text = trimmed(text.substr(kUnit.size()));
  const std::size_t hyphen = text.find('-');
  if (hyphen == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view from = text.substr(0, hyphen);
  const std::string_view to = text.substr(hyphen + 1);
  const auto first = number(from);
  const auto last = number(to);
  if ((!first && !from.empty()) || (!last && !to.empty()) || (!first && !last) ||
      (first && last && *first > *last)) {
    return std::nullopt;
  }
  constexpr Selection kNotSatisfiable{.status = 416, .first = 0, .length = 0};
  if (!first) {
    const std::uint64_t length = std::min(*last, size);
    return length == 0 ? kNotSatisfiable
                       : Selection{.status = 206, .first = size - length, .length = length};
  }
  if (*first >= size) {
    return kNotSatisfiable;
  }
  const std::uint64_t end = last ? std::min(*last, size - 1) + 1 : size;
  return Selection{.status = 206, .first = *first, .length = end - *first};
}

/// Evaluates If-Range (RFC 9110 13.1.5); a date must match exactly.
bool if_range_holds(std::optional<std::string_view> text, const Representation& file) {
  if (!text) {
    return true;
  }
  if (text->starts_with('"')) {
    return *text == file.etag;
  }
  return parse_date(*text) == file.modified;
}

std::optional<unsigned> failed_precondition(std::span<const HeaderField> fields,
                                            const Representation& file) {
  if (const auto match = find_field(fields, "If-Match")) {
    if (!names(*match, file.etag, false)) {
      return 412;
    }
  } else if (const auto since = find_field(fields, "If-Unmodified-Since")) {
    const auto date = parse_date(*since);
    if (date && file.modified > *date) {
      return 412;
    }
  }
  if (const auto none = find_field(fields, "If-None-Match")) {
    if (names(*none, file.etag, true)) {
      return 304;
    }
  } else if (const auto since = find_field(fields, "If-Modified-Since")) {
    const auto date = parse_date(*since);
    if (date && file.modified <= *date) {
      return 304;
    }
  }
  return std::nullopt;
}

}  // namespace

Selection select(std::span<const HeaderField> fields, bool is_get, const Representation& file) {
  if (const auto status = failed_precondition(fields, file)) {
    return {.status = *status, .first = 0, .length = 0};
  }
  const auto range = find_field(fields, "Range");
  if (is_get && range && if_range_holds(find_field(fields, "If-Range"), file)) {
    if (const auto part = read_range(*range, file.size_bytes)) {
      return *part;
    }
  }
  return {.status = 200, .first = 0, .length = file.size_bytes};
}

}  // namespace otatool::http
