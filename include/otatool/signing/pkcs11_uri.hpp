// Reads the PKCS#11 URI of a key in a token (RFC 7512). Text in, values out: no token, no module.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "otatool/result.hpp"

namespace otatool::signing {

/// What a URI says about a key; an attribute that it does not have matches everything.
struct Pkcs11Uri {
  std::optional<std::string> token;         ///< label of the token
  std::optional<std::string> manufacturer;  ///< of the token
  std::optional<std::string> model;         ///< of the token
  std::optional<std::string> serial;        ///< of the token
  std::optional<std::string> object;        ///< label of the key (CKA_LABEL)
  std::optional<std::string> id;            ///< bytes of CKA_ID
  std::optional<std::string> module_path;   ///< the shared library to load

  friend bool operator==(const Pkcs11Uri&, const Pkcs11Uri&) = default;
};

/// Whether `text` is meant as a PKCS#11 URI and not as the path of a key file.
[[nodiscard]] bool is_pkcs11_uri(std::string_view text);

/// Usage for a URI that RFC 7512 does not allow, for an attribute that is not one of the members
/// above or `type` (private or public), and for a PIN in the URI. The message has no value of it.
[[nodiscard]] Result<Pkcs11Uri> parse_pkcs11_uri(std::string_view text);

/// `name=value` with the value percent-encoded, as it stands in a URI.
[[nodiscard]] std::string pkcs11_attribute(std::string_view name, std::string_view value);

}  // namespace otatool::signing
