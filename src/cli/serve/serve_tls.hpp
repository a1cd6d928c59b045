// Certificate and key of `serve`: read from files, or made and kept for the next start.
#pragma once

#include <optional>

#include "otatool/http/tls_settings.hpp"
#include "otatool/result.hpp"

#include "cli/frame/command.hpp"
#include "cli/frame/invocation.hpp"

namespace otatool::cli {

inline constexpr Option kCertOption{
    .name = "cert", .value = "FILE", .help = "TLS with this certificate (PEM, with its chain)"};
inline constexpr Option kTlsKeyOption{
    .name = "key", .value = "KEY", .help = "private key of --cert (PEM, without a passphrase)"};
inline constexpr Option kSelfSignedOption{
    .name = "self-signed", .help = "TLS with a certificate of its own, made if there is none"};
inline constexpr Option kHostOption{.name = "host",
                                    .value = "NAME|IP",
                                    .help = "what devices call this server, for --self-signed",
                                    .repeatable = true};
inline constexpr Option kCaOutOption{
    .name = "ca-out",
    .value = "FILE",
    .help = "where the certificate for the devices is kept (ca_cert.pem)"};
inline constexpr Option kKeyTypeOption{
    .name = "key-type", .value = "ec|rsa", .help = "key of --self-signed: P-256 or RSA-2048 (ec)"};
inline constexpr Option kRenewOption{
    .name = "renew", .help = "make a new certificate in place of the one that is there"};
inline constexpr Option kClientCaOption{
    .name = "client-ca",
    .value = "FILE",
    .help = "let in only clients with a certificate of this authority"};

struct ServeTls {
  http::TlsServerSettings settings;
  std::string fingerprint;  ///< of the certificate, SHA-256
  std::string name;         ///< one of the names it is for; empty if not known
  std::string key_path;
};

/// How the server can be reached.
struct ServePlace {
  std::string listen;     ///< the address that it binds
  std::string announced;  ///< its host name without `.local`; empty: it has none of its own
};

/// What the options say about TLS; nothing if they do not speak of it. Usage, FileUnreadable,
/// KeyUnusable, OutputExists, OutputFailed.
[[nodiscard]] Result<std::optional<ServeTls>> serve_tls(Invocation& invocation,
                                                        const ServePlace& place);

}  // namespace otatool::cli
