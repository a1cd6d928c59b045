// Certificate and key of `serve`: read from files, or made and saved for the next start.
#pragma once

#include <optional>

#include "otatool/http/tls_settings.hpp"
#include "otatool/result.hpp"

#include "cli/frame/command.hpp"
#include "cli/frame/invocation.hpp"

namespace otatool::cli {

inline constexpr Option kCertOption{
    .name = "cert",
    .value = "FILE",
    .help = "serve HTTPS with this certificate (PEM, with its chain)"};
inline constexpr Option kTlsKeyOption{
    .name = "key", .value = "KEY", .help = "private key of --cert (PEM, without a passphrase)"};
inline constexpr Option kSelfSignedOption{.name = "self-signed",
                                          .help = "serve HTTPS with a certificate made by otatool"};
inline constexpr Option kHostOption{.name = "host",
                                    .value = "NAME|IP",
                                    .help = "for --self-signed: name or address of this server",
                                    .repeatable = true};
inline constexpr Option kCaOutOption{
    .name = "ca-out",
    .value = "FILE",
    .help = "file to save the certificate for the devices in (ca_cert.pem)"};
inline constexpr Option kKeyTypeOption{
    .name = "key-type", .value = "ec|rsa", .help = "key of --self-signed: P-256 or RSA-2048 (ec)"};
inline constexpr Option kRenewOption{.name = "renew",
                                     .help = "make a new certificate even if one exists"};
inline constexpr Option kClientCaOption{
    .name = "client-ca",
    .value = "FILE",
    .help = "accept only clients with a certificate of this authority"};
inline constexpr Option kCrlOption{
    .name = "crl", .value = "FILE", .help = "refuse client certificates that these lists revoke"};

inline constexpr Option kTlsCompatOption{
    .name = "tls-compat", .help = "also allow the weak ciphers that some old devices need"};

/// The files of the TLS settings; an empty path: not used.
struct TlsFiles {
  std::string certificate;
  std::string key;
  std::string client_roots;
  std::string revocations;
  bool compatible = false;  ///< TlsServerSettings::compatible
};
/// FileUnreadable.
[[nodiscard]] Result<http::TlsServerSettings> read_tls_files(const TlsFiles& files);

struct ServeTls {
  http::TlsServerSettings settings;
  TlsFiles files;
  std::string fingerprint;  ///< SHA-256 of the certificate
  std::string name;         ///< a name in the certificate; may be empty
};

/// Addresses of the server.
struct ServePlace {
  std::string listen;     ///< bound address
  std::string announced;  ///< announced host name without `.local`; empty: not announced
};

/// Reads the TLS options; nothing without TLS. Usage, FileUnreadable, KeyUnusable, OutputExists,
/// OutputFailed.
[[nodiscard]] Result<std::optional<ServeTls>> serve_tls(Invocation& invocation,
                                                        const ServePlace& place);

}  // namespace otatool::cli
