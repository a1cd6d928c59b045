#include "app/library/secret_content.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "otatool/ascii.hpp"

#include "files/files.hpp"

namespace otatool::app {
namespace {

constexpr std::array<std::string_view, 3> kKeyMarks = {
    "PRIVATE KEY-----", "PRIVATE KEY BLOCK-----", "AGE-SECRET-KEY-1"};
/// After the user's name: crypt(3), htpasswd, and the plain passwords of --auth-file.
constexpr std::array<std::string_view, 9> kPasswordMarks = {
    ":$2a$", ":$2b$", ":$2y$", ":$5$", ":$6$", ":$y$", ":$apr1$", ":{SHA}", ":{PLAIN}"};
constexpr std::array<std::string_view, 3> kTables = {"defaults", "device", "serve"};

constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kOctets = 0x04;
constexpr std::uint8_t kObjectId = 0x06;
constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kIndefinite = 0x80;

struct Element {
  std::uint8_t tag = 0;
  Bytes content;
};

/// Reads DER elements one after the other; also BER's sequences of indefinite length, which some
/// programs use in PKCS#12. A content that is cut off is given as far as it goes.
class Elements {
 public:
  explicit Elements(Bytes bytes) : rest_(bytes) {}

  std::optional<Element> next() {
    if (rest_.size() < 2) {
      return std::nullopt;
    }
    const std::uint8_t tag = rest_[0];
    std::size_t length = rest_[1];
    std::size_t head = 2;
    if (length == kIndefinite) {
      length = rest_.size() - head;
    } else if (length > kIndefinite) {
      const std::size_t count = length - kIndefinite;
      if (count > 3 || rest_.size() < head + count) {
        return std::nullopt;
      }
      length = 0;
      for (const std::uint8_t byte : rest_.subspan(head, count)) {
        length = length << 8U | byte;
      }
      head += count;
    }
    length = std::min(length, rest_.size() - head);
    const Element element{tag, rest_.subspan(head, length)};
    rest_ = rest_.subspan(head + length);
    return element;
  }

 private:
  Bytes rest_;
};

bool is(const std::optional<Element>& element, std::uint8_t tag) {
  return element && element->tag == tag;
}

/// Whether `element` is a sequence that begins with an object identifier.
bool is_algorithm(const std::optional<Element>& element) {
  return is(element, kSequence) && is(Elements(element->content).next(), kObjectId);
}

/// PKCS#1 (RFC 8017 A.1.2), SEC 1 (RFC 5915 3), PKCS#8 (RFC 5208 5, 6) and PKCS#12 (RFC 7292 4).
/// Public keys and certificates have other types at these places.
bool is_der_private_key(Bytes bytes) {
  const auto outer = Elements(bytes).next();
  if (!is(outer, kSequence)) {
    return false;
  }
  Elements inner(outer->content);
  const auto first = inner.next();
  const auto second = inner.next();
  if (is_algorithm(first)) {
    return is(second, kOctets);  // encrypted PKCS#8
  }
  if (!is(first, kInteger) || first->content.size() != 1) {
    return false;
  }
  constexpr std::uint8_t kPkcs12 = 3;
  const std::uint8_t version = first->content[0];
  const auto third = inner.next();
  return (version <= 1 && is_algorithm(second) && is(third, kOctets)) ||
         (version <= 1 && is(second, kInteger) && is(third, kInteger) &&
          is(inner.next(), kInteger)) ||
         (version == 1 && is(second, kOctets)) || (version == kPkcs12 && is_algorithm(second));
}

template <typename Marks>
bool contains_one_of(std::string_view text, const Marks& marks) {
  return std::ranges::any_of(
      marks, [text](std::string_view mark) { return text.find(mark) != std::string_view::npos; });
}

/// `[serve.`, `[[serve.rule]]`, `[defaults]`, `device.kitchen.host =`, `serve = {`.
bool opens_table(std::string_view line) {
  line = trimmed(line);
  const bool header = line.starts_with('[');
  line.remove_prefix(std::min(line.find_first_not_of("[ \t\"'"), line.size()));
  for (const std::string_view table : kTables) {
    if (line.starts_with(table)) {
      line.remove_prefix(table.size());
      line.remove_prefix(std::min(line.find_first_not_of(" \t\"'"), line.size()));
      return line.starts_with('.') || (header && line.starts_with(']')) ||
             (line.starts_with('=') && trimmed(line.substr(1)).starts_with('{'));
    }
  }
  return false;
}

bool is_json_manifest(std::string_view text) {
  constexpr std::string_view kServe = "\"serve\"";
  const std::size_t at = text.find(kServe);
  return trimmed(text).starts_with('{') && at != std::string_view::npos &&
         trimmed(text.substr(at + kServe.size())).starts_with(':');
}

bool is_toml_manifest(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (opens_table(text.substr(0, end))) {
      return true;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

}  // namespace

std::string_view secret_in(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  if (contains_one_of(text, kKeyMarks) || is_der_private_key(bytes)) {
    return "a private key";
  }
  if (bytes.size() > files::kLargestText) {
    return {};
  }
  if (is_json_manifest(text) || is_toml_manifest(text)) {
    return "a manifest";
  }
  return contains_one_of(text, kPasswordMarks) ? "hashed passwords" : std::string_view();
}

}  // namespace otatool::app
