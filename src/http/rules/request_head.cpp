#include "http/rules/request_head.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "otatool/ascii.hpp"
#include "otatool/http/credentials.hpp"

namespace otatool::http {
namespace {

constexpr std::array<std::string_view, 9> kMethods = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};

/// ` HTTP/1.1`.
bool ends_with_version(std::string_view line) {
  constexpr std::string_view kForm = " HTTP/1.1";
  if (line.size() <= kForm.size()) {
    return false;
  }
  const std::string_view version = line.substr(line.size() - kForm.size());
  return version.starts_with(" HTTP/") && is_digit(version[6]) && version[7] == '.' &&
         is_digit(version[8]);
}

bool is_host_letter(char letter) {
  return letter > ' ' && letter < '\x7F' &&
         std::string_view("\"#/<>?@[\\]^`{|}:").find(letter) == std::string_view::npos;
}

bool is_address_letter(char letter) {
  return is_digit(letter) || is_letter(letter) || letter == ':' || letter == '.' || letter == '%';
}

/// `uri-host [":" port]`; RFC 9110 7.2 allows an empty value.
bool is_host(std::string_view value) {
  value = trimmed(value);
  const std::size_t end =
      value.starts_with('[') ? value.find(']') : std::min(value.find(':'), value.size());
  if (end == std::string_view::npos) {
    return false;
  }
  const bool literal = value.starts_with('[');
  const std::string_view host = literal ? value.substr(1, end - 1) : value.substr(0, end);
  const std::string_view port = value.substr(literal ? end + 1 : end);
  return std::ranges::all_of(host, literal ? is_address_letter : is_host_letter) &&
         (!literal || !host.empty()) &&
         (port.empty() || (port.front() == ':' && std::ranges::all_of(port.substr(1), is_digit)));
}

}  // namespace

std::size_t leading_line_ends(std::string_view input) {
  std::size_t length = 0;
  while (true) {
    const std::string_view rest = input.substr(length);
    if (rest.starts_with('\n')) {
      length += 1;
    } else if (rest.starts_with("\r\n")) {
      length += 2;
    } else {
      return length;
    }
  }
}

RequestLine check_request_line(std::string_view input, std::size_t longest) {
  const std::size_t end = input.find('\n');
  if (std::min(end, input.size()) > longest) {
    return RequestLine::TooLong;
  }
  if (end == std::string_view::npos) {
    return RequestLine::Incomplete;
  }
  const std::string_view line = input.substr(0, end);
  return ends_with_version(line.ends_with('\r') ? line.substr(0, end - 1) : line)
             ? RequestLine::Valid
             : RequestLine::Malformed;
}

bool has_valid_host(std::span<const HeaderField> fields, bool http11) {
  std::size_t count = 0;
  for (const HeaderField& field : fields) {
    if (same_name(field.name, "Host")) {
      ++count;
      if (!is_host(field.value)) {
        return false;
      }
    }
  }
  return count == 1 || (count == 0 && !http11);
}

bool has_certain_length(std::span<const HeaderField> fields, bool http11) {
  const auto is_encoding = [](const HeaderField& field) {
    return same_name(field.name, "Transfer-Encoding");
  };
  const auto is_length = [](const HeaderField& field) {
    return same_name(field.name, "Content-Length");
  };
  const auto encoding = std::ranges::find_if(fields, is_encoding);
  if (encoding == fields.end()) {
    return true;
  }
  return http11 && same_name(trimmed(encoding->value), "chunked") &&
         std::ranges::count_if(fields, is_encoding) == 1 && std::ranges::none_of(fields, is_length);
}

RequestTexts request_texts(const Request& request, unsigned version) {
  const auto text_of = [&request](std::string_view name) {
    const auto value = find_field(request.fields, name);
    return value ? std::optional(std::string(*value)) : std::nullopt;
  };
  RequestTexts texts;
  texts.line =
      fmt::format("{} {} HTTP/{}.{}", request.method, request.target, version / 10, version % 10);
  texts.referrer = text_of("Referer");
  texts.agent = text_of("User-Agent");
  if (const auto field = find_field(request.fields, "Authorization")) {
    const auto login = read_basic(*field);
    texts.user = login && !login->first.empty() ? std::optional(login->first) : std::nullopt;
  }
  return texts;
}

bool is_known_method(std::string_view method) {
  return std::ranges::find(kMethods, method) != kMethods.end();
}

}  // namespace otatool::http
