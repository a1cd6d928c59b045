// The forms of signatures at the end of firmware files. Names only.
#pragma once

#include <string_view>

namespace otatool {

enum class SignatureForm {
  Esp8266,        ///< PKCS#1 v1.5 with SHA-256 | length; cores from 2.6.0 on
  Esp8266Legacy,  ///< PKCS#1 type 1 around the bare SHA-256 | length; cores 2.5.0 to 2.5.2
  Esp32,          ///< RSA-PSS or ECDSA, zero-padded to 512 bytes; arduino-esp32 from 3.3 on
  SecureBootV1,   ///< of ESP-IDF, part of the image
  SecureBootV2,   ///< of ESP-IDF, part of the image
};

[[nodiscard]] constexpr bool is_secure_boot(SignatureForm form) {
  return form == SignatureForm::SecureBootV1 || form == SignatureForm::SecureBootV2;
}

/// `esp8266`, `esp8266-legacy`, `esp32`, `secure-boot-v1` or `secure-boot-v2`.
[[nodiscard]] constexpr std::string_view to_string(SignatureForm form) {
  switch (form) {
    case SignatureForm::Esp8266:
      return "esp8266";
    case SignatureForm::Esp8266Legacy:
      return "esp8266-legacy";
    case SignatureForm::Esp32:
      return "esp32";
    case SignatureForm::SecureBootV1:
      return "secure-boot-v1";
    case SignatureForm::SecureBootV2:
      return "secure-boot-v2";
  }
  return "esp8266";
}

}  // namespace otatool
