// Recognises files that clients must not get by their content: private keys, manifests, passwords.
#pragma once

#include <string_view>

#include "otatool/bytes.hpp"

namespace otatool::app {

/// What a file with these bytes is: `a private key` (PEM, DER, PKCS#12, OpenSSH, PGP, age), `a
/// manifest` (a configuration of otatool), `hashed passwords`. Empty for anything else. Manifests
/// and passwords are recognised in files of at most 1 MiB.
[[nodiscard]] std::string_view secret_in(Bytes bytes);

}  // namespace otatool::app
