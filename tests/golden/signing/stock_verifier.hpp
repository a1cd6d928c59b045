// How a stock ESP8266 core verifies a signed update (signing-gzip-images.md 1.5), with the library
// that it uses: BearSSL.
#pragma once

#include <cstddef>

#include "otatool/bytes.hpp"

#include "tests/golden/signing/test_keys.hpp"

namespace otatool::testing {

enum class Core { V250, V260 };      ///< signs the bare hash; signs a DigestInfo
enum class Arithmetic { I15, I31 };  ///< devices use I15

struct DeviceKey {
  Buffer modulus;
  Buffer exponent;
};
/// Parsed by `openssl`, not by otatool.
DeviceKey device_key(std::string_view key_name);

/// Like Updater::end with an installed verifier.
bool device_accepts(Bytes file,
                    const DeviceKey& key,
                    Core core,
                    Arithmetic arithmetic = Arithmetic::I15);

}  // namespace otatool::testing
