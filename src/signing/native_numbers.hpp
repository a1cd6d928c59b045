// Makes OpenSSL's public keys from their numbers.
#pragma once

#include "otatool/bytes.hpp"

#include "signing/native_key.hpp"

namespace otatool::signing {

/// A public RSA key; both numbers big-endian. Null if OpenSSL refuses them.
[[nodiscard]] EvpKey rsa_of_numbers(Bytes modulus, Bytes exponent);

/// A public EC key on OpenSSL's curve `group`; `point` is 04 and both coordinates, big-endian. Null
/// if the point is not on the curve.
[[nodiscard]] EvpKey ec_of_point(const char* group, Bytes point);

}  // namespace otatool::signing
