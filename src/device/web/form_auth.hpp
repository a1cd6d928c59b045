// Authentication of the upload page, like the stock web servers: Basic, or Digest with MD5 like
// ESP8266WebServer::requestAuthentication(DIGEST_AUTH) (espota.md 5.1). Text only.
#pragma once

#include <string>
#include <string_view>

#include "otatool/device/virtual_device.hpp"
#include "otatool/http/authorization.hpp"
#include "otatool/secret.hpp"

namespace otatool::device {

class FormAuth {
 public:
  /// An empty `password` lets everyone update.
  FormAuth(const FormOptions& options, Secret password);

  [[nodiscard]] bool is_open() const { return login_.password.empty(); }
  /// Whether a request with this `Authorization` value is accepted.
  [[nodiscard]] bool accepts(std::string_view authorization,
                             std::string_view method,
                             std::string_view target) const;
  /// The 401 response to a refused request. With Digest it has a new nonce, and the old one becomes
  /// invalid.
  [[nodiscard]] std::string refuse();

 private:
  bool digest_;
  http::Login login_;
  Secret basic_;
  http::AuthChallenge challenge_;
};

}  // namespace otatool::device
