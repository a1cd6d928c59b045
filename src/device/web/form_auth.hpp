// Authentication of the upload page, like the stock web servers: Basic, or Digest with MD5 like
// ESP8266WebServer::requestAuthentication(DIGEST_AUTH) (espota.md 5.1). Unlike them, it takes a
// Digest response once. Text only.
#pragma once

#include <string>
#include <string_view>

#include "otatool/device/virtual_device.hpp"
#include "otatool/http/authorization.hpp"
#include "otatool/secret.hpp"

#include "device/web/digest_nonces.hpp"

namespace otatool::device {

class FormAuth {
 public:
  enum class Login {
    Accepted,
    Missing,  ///< no `Authorization` value, or another scheme
    Stale,    ///< the password is right, but the nonce was used or is too old
    Wrong,
  };

  /// An empty `password` lets everyone update.
  FormAuth(const FormOptions& options, Secret password);

  [[nodiscard]] bool is_open() const { return login_.password.empty(); }
  /// Judges the `Authorization` value of a request. With Digest an accepted value is used up.
  [[nodiscard]] Login judge(std::string_view authorization,
                            std::string_view method,
                            std::string_view target,
                            DigestNonces::Time now);
  /// The 401 response to a refused request, with Digest with a new nonce. Other nonces stay valid.
  [[nodiscard]] std::string refuse(Login login, DigestNonces::Time now);
  /// The device restarts: a response from before is stale.
  void restart() { nonces_.forget_all(); }

 private:
  [[nodiscard]] Login judge_digest(std::string_view authorization,
                                   std::string_view method,
                                   std::string_view target,
                                   DigestNonces::Time now);

  bool digest_;
  http::Login login_;
  Secret basic_;
  http::AuthChallenge challenge_;
  DigestNonces nonces_;
};

}  // namespace otatool::device
