#include "otatool/http/authorization.hpp"

#include <algorithm>
#include <array>

#include "otatool/ascii.hpp"
#include "otatool/base64.hpp"
#include "otatool/espota/digest.hpp"

#include "http/auth/challenge_scanner.hpp"

namespace otatool::http {
namespace {

/// Whether a comma-separated list contains `word`.
bool lists(std::string_view list, std::string_view word) {
  const std::string all = lower_case(list);
  for (std::size_t at = 0; at <= all.size();) {
    const std::size_t comma = std::min(all.find(',', at), all.size());
    std::string_view item = std::string_view(all).substr(at, comma - at);
    item.remove_prefix(std::min(item.find_first_not_of(" \t"), item.size()));
    if (item.substr(0, item.find_last_not_of(" \t") + 1) == word) {
      return true;
    }
    at = comma + 1;
  }
  return false;
}

struct ParsedChallenge {
  AuthChallenge challenge;
  bool usable = true;
};

void apply(ParsedChallenge& parsed, std::string_view name, std::string value) {
  AuthChallenge& challenge = parsed.challenge;
  if (name == "realm") {
    challenge.realm = std::move(value);
  } else if (name == "nonce") {
    challenge.nonce = std::move(value);
  } else if (name == "opaque") {
    challenge.opaque = std::move(value);
  } else if (name == "stale") {
    challenge.stale = lower_case(value) == "true";
  } else if (name == "qop") {
    challenge.with_qop = lists(value, "auth");
    parsed.usable = parsed.usable && challenge.with_qop;
  } else if (name == "algorithm") {
    std::string algorithm = lower_case(value);
    challenge.algorithm = std::move(value);
    challenge.session = algorithm.ends_with("-sess");
    if (challenge.session) {
      algorithm.resize(algorithm.size() - std::string_view("-sess").size());
    }
    challenge.hash = algorithm == "sha-256" ? DigestHash::Sha256 : DigestHash::Md5;
    parsed.usable = parsed.usable && (algorithm == "sha-256" || algorithm == "md5");
  }
}

bool answerable(const ParsedChallenge& parsed) {
  switch (parsed.challenge.scheme) {
    case AuthScheme::Basic:
      return true;
    case AuthScheme::Digest:
      return parsed.usable && !parsed.challenge.nonce.empty();
    default:
      return false;
  }
}

ParsedChallenge begin_challenge(std::string_view scheme) {
  ParsedChallenge parsed;
  const std::string name = lower_case(scheme);
  if (name == "basic") {
    parsed.challenge.scheme = AuthScheme::Basic;
  } else if (name == "digest") {
    parsed.challenge.scheme = AuthScheme::Digest;
  }
  return parsed;
}

std::string digest(DigestHash hash, std::string_view text) {
  return hash == DigestHash::Md5 ? espota::md5_hex(as_bytes(text))
                                 : espota::sha256_hex(as_bytes(text));
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result.push_back('\\');
    }
    result.push_back(c);
  }
  result.push_back('"');
  return result;
}

std::string count_text(std::uint32_t count) {
  const std::array<std::uint8_t, 4> bytes = {static_cast<std::uint8_t>(count >> 24U),
                                             static_cast<std::uint8_t>(count >> 16U),
                                             static_cast<std::uint8_t>(count >> 8U),
                                             static_cast<std::uint8_t>(count)};
  return to_hex(bytes);
}

/// `H(A1)` of RFC 7616 3.4.2.
std::string login_digest(const AuthChallenge& challenge,
                         const Login& login,
                         std::string_view cnonce) {
  std::string text = login.user + ":" + challenge.realm + ":";
  text.reserve(text.size() + login.password.reveal().size());
  text += login.password.reveal();
  std::string result = digest(challenge.hash, text);
  Secret::cleanse(text);
  if (challenge.session) {
    result = digest(challenge.hash, result + ":" + challenge.nonce + ":" + std::string(cnonce));
  }
  return result;
}

}  // namespace

std::vector<AuthChallenge> parse_challenges(std::string_view header) {
  std::vector<AuthChallenge> challenges;
  std::optional<ParsedChallenge> current;
  const auto finish = [&] {
    if (current && answerable(*current)) {
      challenges.push_back(std::move(current->challenge));
    }
    current.reset();
  };
  ChallengeScanner scanner(header);
  for (scanner.skip_separators(); !scanner.at_end(); scanner.skip_separators()) {
    const std::string_view word = scanner.token();
    if (word.empty()) {
      scanner.skip_one();
      continue;
    }
    scanner.skip_blanks();
    if (!scanner.take('=')) {
      finish();
      current = begin_challenge(word);
      continue;
    }
    scanner.skip_blanks();
    auto value = scanner.value();
    if (!value) {
      current.reset();
      break;
    }
    if (current) {
      apply(*current, lower_case(word), std::move(*value));
    }
  }
  finish();
  return challenges;
}

std::optional<AuthChallenge> strongest(const std::vector<AuthChallenge>& challenges) {
  const auto strength = [](const AuthChallenge& each) {
    return each.scheme == AuthScheme::Basic ? 1 : each.hash == DigestHash::Md5 ? 2 : 3;
  };
  const auto found = std::ranges::max_element(challenges, {}, strength);
  return found == challenges.end() ? std::nullopt : std::optional(*found);
}

Secret basic_authorization(const Login& login) {
  std::string plain = login.user + ":";
  plain.reserve(plain.size() + login.password.reveal().size());
  plain += login.password.reveal();
  std::string encoded = to_base64(as_bytes(plain));
  Secret::cleanse(plain);
  std::string value = "Basic " + encoded;
  Secret::cleanse(encoded);
  return Secret(std::move(value));
}

std::string digest_authorization(const AuthChallenge& challenge,
                                 const Login& login,
                                 const DigestRequest& request) {
  const std::string count = count_text(request.count);
  const std::string first = login_digest(challenge, login, request.cnonce);
  const std::string second =
      digest(challenge.hash, std::string(request.method) + ":" + std::string(request.target));
  const std::string middle = challenge.with_qop ? challenge.nonce + ":" + count + ":" +
                                                      std::string(request.cnonce) + ":auth"
                                                : challenge.nonce;
  std::string text = "Digest username=" + quoted(login.user) +
                     ", realm=" + quoted(challenge.realm) + ", nonce=" + quoted(challenge.nonce) +
                     ", uri=" + quoted(request.target);
  if (challenge.algorithm) {
    text += ", algorithm=" + *challenge.algorithm;
  }
  text += ", response=" + quoted(digest(challenge.hash, first + ":" + middle + ":" + second));
  if (challenge.opaque) {
    text += ", opaque=" + quoted(*challenge.opaque);
  }
  if (challenge.with_qop || challenge.session) {
    text += (challenge.with_qop ? ", qop=auth, nc=" + count : std::string()) +
            ", cnonce=" + quoted(request.cnonce);
  }
  return text;
}

}  // namespace otatool::http
