#include <map>

#include "otatool/http/authorization.hpp"
#include "otatool/number.hpp"

#include "http/auth/challenge_scanner.hpp"

namespace otatool::http {
namespace {

using Parameters = std::map<std::string, std::string, std::less<>>;

/// The parameters after `Digest`; nothing for another scheme or invalid text.
std::optional<Parameters> digest_parameters(std::string_view header) {
  ChallengeScanner scanner(header);
  scanner.skip_blanks();
  if (scanner.token() != "Digest") {
    return std::nullopt;
  }
  Parameters parameters;
  for (scanner.skip_separators(); !scanner.at_end(); scanner.skip_separators()) {
    const std::string name(scanner.token());
    if (name.empty() || !scanner.take('=')) {
      return std::nullopt;
    }
    auto value = scanner.value();
    if (!value || !parameters.emplace(name, std::move(*value)).second) {
      return std::nullopt;
    }
  }
  return parameters;
}

std::string value_of(const Parameters& parameters, std::string_view name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

}  // namespace

bool proves_login(std::string_view header,
                  const AuthChallenge& challenge,
                  const Login& login,
                  std::string_view method,
                  std::string_view target) {
  const auto given = digest_parameters(header);
  if (!given) {
    return false;
  }
  constexpr std::size_t kCountDigits = 8;
  const std::string nc = value_of(*given, "nc");
  const auto count = parse_number<std::uint32_t>(nc, 16);
  const std::string cnonce = value_of(*given, "cnonce");
  if (!count || nc.size() != kCountDigits || cnonce.empty() || value_of(*given, "qop") != "auth" ||
      value_of(*given, "username") != login.user || value_of(*given, "realm") != challenge.realm ||
      value_of(*given, "nonce") != challenge.nonce || value_of(*given, "uri") != target ||
      value_of(*given, "opaque") != challenge.opaque.value_or(std::string())) {
    return false;
  }
  const auto expected =
      digest_parameters(digest_authorization(challenge, login, {method, target, cnonce, *count}));
  return same_secret(value_of(*given, "response"), value_of(*expected, "response"));
}

std::optional<DigestUse> digest_use(std::string_view header) {
  const auto given = digest_parameters(header);
  const auto count = given ? parse_number<std::uint32_t>(value_of(*given, "nc"), 16) : std::nullopt;
  if (!count) {
    return std::nullopt;
  }
  return DigestUse{.nonce = value_of(*given, "nonce"), .count = *count};
}

}  // namespace otatool::http
