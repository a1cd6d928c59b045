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
  challenge_.nonce = random_text();
  challenge_.with_qop = true;
}

bool FormAuth::accepts(std::string_view authorization,
                       std::string_view method,
                       std::string_view target) const {
  if (is_open()) {
    return true;
  }
  return digest_ ? http::proves_login(authorization, challenge_, login_, method, target)
                 : authorization == basic_.reveal();
}

std::string FormAuth::refuse() {
  std::string challenge = "Basic realm=\"" + std::string(kRealm) + "\"";
  if (digest_) {
    challenge_.nonce = random_text();
    challenge = "Digest realm=\"" + challenge_.realm + "\", qop=\"auth\", nonce=\"" +
                challenge_.nonce + "\", opaque=\"" + *challenge_.opaque + "\"";
  }
  return answer_text("401 Unauthorized", "", "WWW-Authenticate: " + challenge + "\r\n");
}

}  // namespace otatool::device
