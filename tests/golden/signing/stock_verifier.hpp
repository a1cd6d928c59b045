// What a stock ESP8266 core does with a signed update (signing-gzip-images.md 1.5), with the
// library that it uses: BearSSL.
#pragma once

#include <cstddef>

#include "otatool/bytes.hpp"

#include "tests/golden/signing/test_keys.hpp"

namespace otatool::testing {

enum class Core { V250, V260 };      ///< bare hash, DigestInfo
enum class Arithmetic { I15, I31 };  ///< the device has I15

struct DeviceKey {
  Buffer modulus;
  Buffer exponent;
};
/// Read by `openssl`, not by our own code.
DeviceKey device_key(std::string_view key_name);

/// Updater::end with a verifier installed.
bool device_accepts(Bytes file,
                    const DeviceKey& key,
                    Core core,
                    Arithmetic arithmetic = Arithmetic::I15);

}  // namespace otatool::testing
