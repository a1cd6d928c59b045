// What both ends of a TLS connection are set up with. Text of PEM files; nothing is read here.
#pragma once

#include <optional>
#include <string>

#include "otatool/secret.hpp"

namespace otatool::http {

struct TlsIdentity {
  std::string certificates;  ///< PEM, the own certificate first, then those between it and the root
  Secret private_key;        ///< PEM, without a passphrase
};

struct TlsServerSettings {
  TlsIdentity identity;
  /// PEM. Set: a client has to show a certificate that one of these has signed.
  std::optional<std::string> client_roots;
};

struct TlsClientSettings {
  std::optional<std::string> roots;  ///< PEM; nothing: those of the system
  bool verify = true;                ///< chain and name; false only where the user said so
  std::optional<TlsIdentity> identity;
};

}  // namespace otatool::http
