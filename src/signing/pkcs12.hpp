// Reads private keys from PKCS#12 files (.p12, .pfx).
#pragma once

#include <memory>
#include <optional>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"
#include "otatool/secret.hpp"

#include "signing/native_key.hpp"

namespace otatool::signing {

/// The first private key in a PKCS#12 file (RFC 7292); certificates in it are ignored. Nothing if
/// `der` is no such file. Errors as PrivateKey::load.
[[nodiscard]] std::optional<Result<std::shared_ptr<const NativeKey>>> read_pkcs12(
    Bytes der, const std::optional<Secret>& passphrase);

}  // namespace otatool::signing
