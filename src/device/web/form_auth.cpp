#include "device/web/form_auth.hpp"

#include <array>
#include <cstdint>
#include <random>
#include <utility>

#include "otatool/bytes.hpp"

#include "device/web/form_page.hpp"

namespace otatool::device {
namespace {

constexpr std::string_view kRealm = "Login Required";

/// 32 random hex digits.
std::string random_text() {
  std::random_device source;
  std::array<std::uint8_t, 16> bytes{};
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(source());
  }
  return to_hex(bytes);
}

}  // namespace

FormAuth::FormAuth(const FormOptions& options, Secret password)
    : digest_(options.digest), login_{options.user, std::move(password)} {
  if (!is_open()) {
    basic_ = http::basic_authorization(login_);
  }
  challenge_.scheme = http::AuthScheme::Digest;
  challenge_.realm = kRealm;
  challenge_.opaque = random_text();
  challenge_.with_qop = true;
}

FormAuth::Login FormAuth::judge(std::string_view authorization,
                                std::string_view method,
                                std::string_view target,
                                DigestNonces::Time now) {
  if (is_open()) {
    return Login::Accepted;
  }
  if (digest_) {
    return judge_digest(authorization, method, target, now);
  }
  if (authorization.empty()) {
    return Login::Missing;
  }
  return same_secret(authorization, basic_.reveal()) ? Login::Accepted : Login::Wrong;
}

FormAuth::Login FormAuth::judge_digest(std::string_view authorization,
                                       std::string_view method,
                                       std::string_view target,
                                       DigestNonces::Time now) {
  const auto use = http::digest_use(authorization);
  if (!use) {
    return Login::Missing;
  }
  challenge_.nonce = use->nonce;
  if (!http::proves_login(authorization, challenge_, login_, method, target)) {
    return Login::Wrong;
  }
  return nonces_.use(use->nonce, use->count, now) ? Login::Accepted : Login::Stale;
}

std::string FormAuth::refuse(Login login, DigestNonces::Time now) {
  std::string challenge = "Basic realm=\"" + std::string(kRealm) + "\"";
  if (digest_) {
    challenge = "Digest realm=\"" + challenge_.realm + "\", qop=\"auth\", nonce=\"" +
                nonces_.issue(now) + "\", opaque=\"" + *challenge_.opaque + "\"" +
                (login == Login::Stale ? ", stale=true" : "");
  }
  return answer_text("401 Unauthorized", "", "WWW-Authenticate: " + challenge + "\r\n");
}

}  // namespace otatool::device
