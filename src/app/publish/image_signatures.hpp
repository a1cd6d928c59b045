// The signatures that `publish` adds to an image: signed copies, and a signature in a file of its
// own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"
#include "otatool/signature_form.hpp"
#include "otatool/signing/key.hpp"

#include "app/library/served_file.hpp"

namespace otatool::app {

/// The forms of signed copies for the devices of this image. None for a package, which destroys
/// devices that do not verify (signing-gzip-images.md 1.8), for a filesystem, and for an image that
/// is signed already.
[[nodiscard]] std::vector<SignatureForm> signed_forms(const LoadedFile& image);

/// The image with its signature. Errors of prepare_signing and signed_bytes.
[[nodiscard]] Result<std::vector<std::uint8_t>> signed_copy(const std::string& name,
                                                            Bytes image,
                                                            const signing::Signer& signer,
                                                            SignatureForm form);

/// What `openssl dgst -sha256 -verify` takes: PKCS#1 v1.5 with SHA-256 for RSA, DER for ECDSA.
/// Errors of signing::sign_message.
[[nodiscard]] Result<std::vector<std::uint8_t>> detached_signature(Bytes image,
                                                                   const signing::Signer& signer);

}  // namespace otatool::app
