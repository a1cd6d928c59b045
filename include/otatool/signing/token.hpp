// Keys in PKCS#11 tokens: smart cards, USB tokens, HSMs. The private key never leaves its token.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "otatool/result.hpp"
#include "otatool/secret.hpp"
#include "otatool/signing/key.hpp"
#include "otatool/signing/pkcs11_uri.hpp"

namespace otatool::signing {

/// Asks for the PIN of the token with this label.
using AskPin = std::function<Result<Secret>(const std::string& token)>;

/// The public key that `uri` names. No PIN is needed. ModuleMissing; TokenKey if no token or key
/// matches or several do, with a list of them; errors of PublicKey::load.
[[nodiscard]] Result<PublicKey> read_token_key(const Pkcs11Uri& uri);

/// Opens the private key that `uri` names. Asks once for the PIN and presents it once. Errors of
/// read_token_key and `ask_pin`; PinRefused, TokenLocked; SignerFailed for other failures of the
/// token, also later in Signer::raw_signature.
[[nodiscard]] Result<std::unique_ptr<Signer>> open_token_key(const Pkcs11Uri& uri,
                                                             const AskPin& ask_pin);

}  // namespace otatool::signing
