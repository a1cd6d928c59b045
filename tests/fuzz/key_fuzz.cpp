// Key files: a key that loads has a size that devices accept, and loads again after it was written.
#include <optional>
#include <string_view>

#include "otatool/signing/key.hpp"

#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using namespace otatool::signing;
using otatool::fuzz::require;

void check_key(const PublicKey& key) {
  require(!key.is_rsa() || (key.bits() >= kMinRsaBits && key.bits() <= kMaxRsaBits),
          "an RSA key has an accepted size");
  const auto from_der = PublicKey::load(key.der());
  require(from_der && from_der->fingerprint() == key.fingerprint(), "a written DER key reads back");
  const auto from_pem = PublicKey::load(as_bytes(key.pem()));
  require(from_pem && from_pem->fingerprint() == key.fingerprint(), "a written PEM key reads back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes file(data, size);
  // PKCS#8 contains its number of rounds, which a mutation can raise to hours of work; the old
  // encryption of PEM has one round.
  const bool old_encryption = as_text(file).find("Proc-Type") != std::string_view::npos;
  const auto key =
      PublicKey::load(file, old_encryption ? std::optional(Secret("x")) : std::nullopt);
  if (key) {
    check_key(*key);
  }
  return 0;
}
