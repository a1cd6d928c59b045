// Self-signed server certificates that the TLS stacks of devices accept: the names and addresses
// that devices use stand in subjectAltName, the first of them in CN as well. No files, no clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/http/tls_settings.hpp"
#include "otatool/result.hpp"

namespace otatool::http {

enum class CertificateKey { Ec, Rsa };  ///< P-256, 2048 bits

struct CertificateWish {
  std::vector<std::string> hosts;  ///< names and IP literals, the CN first; not empty
  CertificateKey key = CertificateKey::Ec;
  std::int64_t not_before = 0;  ///< seconds since 1970
  std::int64_t not_after = 0;
};

/// A certificate that is its own authority, so that a device can be given it as `ca_cert.pem`, and
/// its new key. Usage for a host that is neither a name nor an address.
[[nodiscard]] Result<TlsIdentity> make_self_signed(const CertificateWish& wish);

/// SHA-256 of the first certificate, upper-case hex with colons, as browsers and openssl show it.
/// KeyUnusable if there is no PEM certificate.
[[nodiscard]] Result<std::string> certificate_fingerprint(const std::string& pem);

/// When the first certificate ends, seconds since 1970. KeyUnusable as above.
[[nodiscard]] Result<std::int64_t> certificate_end(const std::string& pem);

/// Whether a client that connects to `host` accepts the name of the first certificate.
[[nodiscard]] bool certificate_covers(const std::string& pem, const std::string& host);

}  // namespace otatool::http
