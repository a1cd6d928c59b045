// Self-signed server certificates that the TLS stacks of devices accept. subjectAltName has all
// names and addresses of the server, addresses also as dNSName; CN has the first. No files, no
// clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/http/tls_settings.hpp"
#include "otatool/result.hpp"

namespace otatool::http {

enum class CertificateKey { Ec, Rsa };  ///< P-256, 2048 bits

struct CertificateOptions {
  std::vector<std::string> hosts;  ///< names and IP literals, not empty; the first becomes the CN
  CertificateKey key = CertificateKey::Ec;
  std::int64_t not_before = 0;  ///< seconds since 1970
  std::int64_t not_after = 0;
};

/// A new key and its certificate, which is its own authority: devices use it as `ca_cert.pem`.
/// Usage for a host that is not a name or an address.
[[nodiscard]] Result<TlsIdentity> make_self_signed(const CertificateOptions& options);

/// SHA-256 of the first certificate in upper-case hex with colons, like openssl and browsers.
/// KeyUnusable without a PEM certificate.
[[nodiscard]] Result<std::string> certificate_fingerprint(const std::string& pem);

/// End of the first certificate's validity, seconds since 1970. KeyUnusable without one.
[[nodiscard]] Result<std::int64_t> certificate_end(const std::string& pem);

/// Whether the first certificate is valid for `host`.
[[nodiscard]] bool certificate_covers(const std::string& pem, const std::string& host);

}  // namespace otatool::http
