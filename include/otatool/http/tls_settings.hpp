// Settings of TLS servers and clients, as PEM text. Reads no files.
#pragma once

#include <optional>
#include <string>

#include "otatool/secret.hpp"

namespace otatool::http {

struct TlsIdentity {
  std::string certificates;  ///< PEM: the own certificate, then the intermediate ones
  Secret private_key;        ///< PEM, without a passphrase
};

struct TlsServerSettings {
  TlsIdentity identity;
  /// PEM. Set: a client must present a certificate signed by one of these.
  std::optional<std::string> client_roots;
  /// PEM. Set, with client_roots: a client whose certificate is on one of these lists is refused,
  /// and so is every client if its authority has no list here.
  std::optional<std::string> revocations;
  /// Also allow cipher suites with CBC or without forward secrecy, for old clients.
  bool compatible = false;
};

struct TlsClientSettings {
  std::optional<std::string> roots;  ///< PEM; nothing: the system's
  bool verify = true;                ///< check chain and name; false only on the user's request
  std::optional<TlsIdentity> identity;
};

}  // namespace otatool::http
