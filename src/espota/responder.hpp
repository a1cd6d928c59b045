// Computes the responses to a device's challenges, and says why a challenge must not be answered.
// Part of Handshake; no sockets, no clock.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "otatool/error.hpp"
#include "otatool/espota/digest.hpp"
#include "otatool/espota/session.hpp"

namespace otatool::espota {

class Responder {
 public:
  /// The credentials come from `plan`, which must outlive this object.
  Responder(const Plan& plan, const CnonceSeed& cnonce);

  [[nodiscard]] std::optional<Error> why_not_respond(std::string_view nonce) const;
  /// The datagram with the response to a nonce of 32 or 64 hex digits (espota.md 1.2, 2.2).
  [[nodiscard]] std::string response_to(std::string_view nonce);
  /// Uses the MD5 form of the password from now on. False if that is not permitted or was done
  /// before.
  [[nodiscard]] bool fall_back_to_md5();
  /// Why the upload fails after the device has refused the last response.
  [[nodiscard]] Error refusal() const;
  /// The hash of the last response.
  [[nodiscard]] wire::AuthHash auth() const { return auth_; }

 private:
  const Plan& plan_;
  std::string cnonce_;
  wire::AuthHash auth_ = wire::AuthHash::None;
  PasswordForm form_ = PasswordForm::Sha256;  ///< for 64-digit nonces
  bool tried_md5_ = false;
};

}  // namespace otatool::espota
