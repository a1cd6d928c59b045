// HTTPS clients with the TLS libraries of the chips: BearSSL (ESP8266) and mbed TLS (ESP32), set up
// as the Arduino cores do.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace otatool::test {

struct ChipTlsReply {
  int error = 0;            ///< of the library; 0: none
  std::string status_line;  ///< of the response
  bool resumed = false;     ///< the connection resumed the session of the previous one
};

/// Cipher suites of a device.
enum class ChipSuites {
  All,    ///< of BearSSL, the default of the Arduino core
  Basic,  ///< those of setCiphersLessSecure(): keys by RSA, AES-CBC
  EcCbc,  ///< the AES-CBC suites for EC certificates
};

/// Requests from one device, which keeps its TLS session between them.
class BearsslDevice {
 public:
  /// Trusts the first certificate in the PEM text `authority`. The device's clock shows 1970-01-01.
  explicit BearsslDevice(const std::string& authority, ChipSuites suites = ChipSuites::All);
  BearsslDevice(const BearsslDevice&) = delete;
  BearsslDevice& operator=(const BearsslDevice&) = delete;
  ~BearsslDevice();

  /// GET / from 127.0.0.1:`port`, which must have a certificate for `name`.
  [[nodiscard]] ChipTlsReply get(std::uint16_t port, const std::string& name);

 private:
  class State;
  std::unique_ptr<State> state_;
};

/// GET / by mbed TLS; `error` is the library's negative number.
[[nodiscard]] ChipTlsReply mbedtls_get(const std::string& authority,
                                       std::uint16_t port,
                                       const std::string& name);

}  // namespace otatool::test
