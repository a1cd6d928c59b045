// Who may use the upload page: asks for the password as the stock web servers do, by Basic or, as
// ESP8266WebServer::requestAuthentication(DIGEST_AUTH) does, by Digest with MD5 (espota.md 5.1).
// Text only.
#pragma once

#include <string>
#include <string_view>

#include "otatool/device/virtual_device.hpp"
#include "otatool/http/authorization.hpp"
#include "otatool/secret.hpp"

namespace otatool::device {

class FormGate {
 public:
  /// `password` empty: everyone may update.
  FormGate(const FormOptions& options, Secret password);

  [[nodiscard]] bool open() const { return login_.password.empty(); }
  /// Whether a request with this `Authorization` is let in.
  [[nodiscard]] bool admits(std::string_view authorization,
                            std::string_view method,
                            std::string_view target) const;
  /// The answer to a request that is not: 401, by Digest with a new nonce. The one before is no
  /// longer good.
  [[nodiscard]] std::string refuse();

 private:
  bool digest_;
  http::Login login_;
  Secret basic_;
  http::AuthChallenge challenge_;
};

}  // namespace otatool::device
