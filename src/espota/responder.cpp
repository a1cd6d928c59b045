#include "espota/responder.hpp"

#include <fmt/format.h>

namespace otatool::espota {

Responder::Responder(const Plan& plan, const CnonceSeed& cnonce)
    : plan_(plan), cnonce_(to_hex(cnonce)) {
  const bool md5_stored =
      plan.credentials.stored && plan.credentials.stored->reveal().size() == wire::kMd5HexLength;
  if (plan.auth.hash == wire::AuthHash::Md5 || md5_stored) {
    form_ = PasswordForm::Md5;
  }
}

std::optional<Error> Responder::why_not_respond(std::string_view nonce) const {
  const bool is_short = nonce.size() == wire::kMd5HexLength;
  if (!is_short && nonce.size() != wire::kSha256HexLength) {
    return Error(
        Errc::UnknownChallenge,
        fmt::format("the device sent a nonce of {} characters; only 32 and 64 are supported",
                    nonce.size()));
  }
  if (is_short && plan_.auth.require_sha256) {
    return Error(Errc::WeakChallenge,
                 "the device asks for MD5 authentication although SHA-256 is required");
  }
  if (plan_.auth.require_sha256 && plan_.credentials.given() && form_ == PasswordForm::Md5) {
    return Error(Errc::PasswordRefused,
                 "only the MD5 form of the password may be used although SHA-256 is required");
  }
  if (!plan_.credentials.given()) {
    return Error(Errc::PasswordNeeded, "the device asks for a password and none was given");
  }
  const auto& stored = plan_.credentials.stored;
  const bool long_hash = stored && stored->reveal().size() == wire::kSha256HexLength;
  if (is_short && long_hash) {
    return Error(Errc::PasswordRefused,
                 "the device asks for MD5 authentication and only a SHA-256 hash was given");
  }
  return std::nullopt;
}

std::string Responder::response_to(std::string_view nonce) {
  const bool is_short = nonce.size() == wire::kMd5HexLength;
  const Credentials& credentials = plan_.credentials;
  const Secret stored = credentials.stored ? *credentials.stored
                                           : stored_form(credentials.password->reveal(),
                                                         is_short ? PasswordForm::Md5 : form_);
  const std::string_view cnonce = std::string_view(cnonce_).substr(0, nonce.size());
  auth_ = is_short ? wire::AuthHash::Md5 : wire::AuthHash::Sha256;
  const std::string answer = is_short ? md5_response(stored.reveal(), nonce, cnonce)
                                      : sha256_response(stored.reveal(), nonce, cnonce);
  std::string text(wire::kMaxResponseLength, '\0');
  text.resize(wire::format_response({cnonce.data(), answer.data(), nonce.size()}, text.data()));
  return text;
}

bool Responder::fall_back_to_md5() {
  if (auth_ != wire::AuthHash::Sha256 || plan_.auth.hash || plan_.auth.require_sha256 ||
      !plan_.credentials.password || tried_md5_) {
    return false;
  }
  tried_md5_ = true;
  form_ = PasswordForm::Md5;
  return true;
}

Error Responder::refusal() const {
  if (plan_.auth.require_sha256 && plan_.credentials.password) {
    return {Errc::PasswordRefused,
            "the device refused the SHA-256 form of the password; it may store an MD5 hash, "
            "which is not sent if SHA-256 is required"};
  }
  return {Errc::PasswordRefused,
          tried_md5_ ? "the device refused the password (its SHA-256 and MD5 forms were tried)"
                     : "the device refused the password"};
}

}  // namespace otatool::espota
