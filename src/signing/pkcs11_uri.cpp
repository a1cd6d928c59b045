#include "otatool/signing/pkcs11_uri.hpp"

#include <algorithm>
#include <array>

#include "otatool/bytes.hpp"

namespace otatool::signing {
namespace {

constexpr std::string_view kScheme = "pkcs11:";

/// Percent decoding; nothing for a `%` without two hex digits.
std::optional<std::string> decoded(std::string_view text) {
  std::string value;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      value.push_back(text[at]);
      continue;
    }
    const auto byte = from_hex(text.substr(at + 1, 2));
    if (!byte || byte->size() != 1) {
      return std::nullopt;
    }
    value.push_back(static_cast<char>(byte->front()));
    at += 2;
  }
  return value;
}

struct Attribute {
  std::string_view name;
  std::optional<std::string> Pkcs11Uri::*member;
  bool query;
};
constexpr std::array kAttributes = {
    Attribute{"token", &Pkcs11Uri::token, false},
    Attribute{"manufacturer", &Pkcs11Uri::manufacturer, false},
    Attribute{"model", &Pkcs11Uri::model, false},
    Attribute{"serial", &Pkcs11Uri::serial, false},
    Attribute{"object", &Pkcs11Uri::object, false},
    Attribute{"id", &Pkcs11Uri::id, false},
    Attribute{"module-path", &Pkcs11Uri::module_path, true},
};

tl::unexpected<Error> refused(std::string_view name, std::string_view why) {
  return fail(Errc::Usage,
              "the attribute '" + std::string(name) + "' of the PKCS#11 URI " + std::string(why));
}

Result<void> read_attribute(std::string_view text, bool query, Pkcs11Uri& uri) {
  const std::size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  const auto value =
      equals == std::string_view::npos ? std::nullopt : decoded(text.substr(equals + 1));
  if (!value) {
    return refused(name, "is not NAME=VALUE with %XX for special characters");
  }
  if (query && (name == "pin-value" || name == "pin-source")) {
    return refused(name,
                   "is not used, because the process list shows it; the PIN is the "
                   "passphrase of the key");
  }
  if (!query && name == "type") {
    return *value == "private" || *value == "public"
               ? Result<void>()
               : Result<void>(refused(name, "does not name a key: private or public"));
  }
  const auto known = std::ranges::find_if(kAttributes, [&](const Attribute& attribute) {
    return attribute.name == name && attribute.query == query;
  });
  if (known == kAttributes.end()) {
    return refused(name, "is not supported");
  }
  std::optional<std::string>& member = uri.*(known->member);
  if (member) {
    return refused(name, "is given twice");
  }
  member = value;
  return {};
}

Result<void> read_attributes(std::string_view text, bool query, Pkcs11Uri& uri) {
  const char separator = query ? '&' : ';';
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    TRY_VOID(read_attribute(text.substr(0, end), query, uri));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

}  // namespace

bool is_pkcs11_uri(std::string_view text) {
  return text.starts_with(kScheme);
}

Result<Pkcs11Uri> parse_pkcs11_uri(std::string_view text) {
  Pkcs11Uri uri;
  if (!is_pkcs11_uri(text)) {
    return fail(Errc::Usage, "a PKCS#11 URI begins with 'pkcs11:'");
  }
  text.remove_prefix(kScheme.size());
  const std::size_t question = std::min(text.find('?'), text.size());
  TRY_VOID(read_attributes(text.substr(0, question), false, uri));
  text.remove_prefix(std::min(question + 1, text.size()));
  TRY_VOID(read_attributes(text, true, uri));
  return uri;
}

std::string pkcs11_attribute(std::string_view name, std::string_view value) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string text = std::string(name) + "=";
  for (const char letter : value) {
    if (name != "id" && kPlain.find(letter) != std::string_view::npos) {
      text.push_back(letter);
    } else {
      text += "%" + to_hex(as_bytes(std::string_view(&letter, 1)));
    }
  }
  return text;
}

}  // namespace otatool::signing
