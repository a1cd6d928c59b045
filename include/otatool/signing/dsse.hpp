// A DSSE envelope: a signed message with its type (https://github.com/secure-systems-lab/dsse,
// protocol version 1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/result.hpp"
#include "otatool/signing/signed_image.hpp"

namespace otatool::signing {

/// What a DSSE signature covers: the lengths of type and message, and both.
[[nodiscard]] std::vector<std::uint8_t> dsse_encoding(std::string_view type,
                                                      std::string_view message);

/// The envelope as one line of JSON: the message, its type and one signature, whose keyid is the
/// fingerprint of the key. The signature is the operation of `form` on `hash` of the encoding, so
/// that an external signer needs no other operation. Errors of sign_message.
[[nodiscard]] Result<std::string> dsse_envelope(std::string_view type,
                                                std::string_view message,
                                                const Signer& signer,
                                                SignatureForm form,
                                                HashAlgorithm hash);

}  // namespace otatool::signing
