// Possibly signed files: every verdict is consistent, and no mutation forges a signature.
#include <string_view>

#include "otatool/signing/signed_image.hpp"

#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using namespace otatool::signing;
using otatool::fuzz::require;

// The private keys signed the corpus and were deleted.
constexpr std::string_view kRsaPem = R"(-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDPX0XE1ZF+kK4vVu5W1F8kGwCM
cj6wD3JvfXPR4/iMC5ZreKIhrR6WI0sI2qh5oEUgD/ZsuZeWKFHF/lTu0imG4b2Z
QUj3zUtp2mVGdjjvImK0tkLsOea6ASOUDO0DCiAtMfH55mtrygATqH6gUFqqKnZ9
uPv6cPPROoa4RZNokwIDAQAB
-----END PUBLIC KEY-----
)";
constexpr std::string_view kEcPem = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAENUkqQ914EqsHS+8BZhxc8hkFTS5t
kblWWeqfNOrIKoAV6AeFtHYffDJX8DowlkZFBHKyJ42zrZb8rPcmuKv+kA==
-----END PUBLIC KEY-----
)";
constexpr std::string_view kSignedPayload = "a payload of some length, say";

void check_verdict(Bytes file, const PublicKey& key) {
  const Verification verification = verify(file, key);
  require(verification.valid != verification.problem.has_value(),
          "a verdict is either valid or a problem");
  require(verification.payload_size <= file.size(), "the payload is inside the file");
  if (verification.valid) {
    require(verification.form.has_value(), "a valid signature has a form");
    require(as_text(file.first(verification.payload_size)) == kSignedPayload,
            "only the signed payload verifies");
  }
}

void check_attach(Bytes file, const PublicKey& key) {
  const auto signature = read_signature(file, key);
  if (!signature) {
    return;
  }
  require(!attach(file, *signature, key, SignatureForm::Esp32, HashAlgorithm::Sha256),
          "an input does not sign itself");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const PublicKey kRsa = PublicKey::load(as_bytes(kRsaPem)).value();
  static const PublicKey kEc = PublicKey::load(as_bytes(kEcPem)).value();
  const Bytes file(data, size);
  for (const PublicKey* key : {&kRsa, &kEc}) {
    check_verdict(file, *key);
    check_attach(file, *key);
  }
  if (const auto found = find_signature(file)) {
    require(found->payload_size + found->signature_size <= file.size(),
            "what was found lies within the file");
  }
  return 0;
}
