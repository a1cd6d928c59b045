#include "app/release/verification.hpp"

#include <fmt/format.h>
#include <utility>

#include "app/release/signed_release.hpp"

namespace otatool::app {
namespace {

std::optional<Error> v1_problem(Bytes payload, Bytes signature, const signing::PublicKey& key) {
  const auto der = signing::read_signature(signature, key);
  const auto digest = signing::digest_of(payload, signing::HashAlgorithm::Sha256);
  if (der && signing::verify_signature(digest, *der, key, SignatureForm::Esp32)) {
    return std::nullopt;
  }
  return Error(Errc::SignatureInvalid,
               "the Secure Boot signature was made with another key or for another image, or it is "
               "damaged");
}

std::optional<Error> v2_problem(const image::SignatureFacts& facts, const signing::PublicKey& key) {
  const std::string fingerprint = to_hex(key.fingerprint());
  for (const image::SecureBootBlock& block : facts.blocks) {
    if (block.key_fingerprint != fingerprint) {
      continue;
    }
    if (block.crc_matches && block.digest_matches == true && block.signature_matches == true) {
      return std::nullopt;
    }
    return Error(Errc::SignatureInvalid,
                 block.digest_matches == true ? "the Secure Boot signature of this key is damaged"
                                              : "the Secure Boot signature is for another image");
  }
  return Error(
      Errc::SignatureInvalid,
      fmt::format("none of the {} Secure Boot blocks carries this key", facts.blocks.size()));
}

}  // namespace

signing::Verification verify(const ExaminedFile& file, const signing::PublicKey& key) {
  const auto& facts = file.examined.file.signature;
  if (!facts || !is_secure_boot(facts->form)) {
    return signing::verify(file.bytes, key);
  }
  const Bytes bytes(file.bytes);
  signing::Verification verification;
  verification.form = facts->form;
  verification.payload_size = static_cast<std::size_t>(facts->payload_size);
  verification.problem =
      facts->form == SignatureForm::SecureBootV2
          ? v2_problem(*facts, key)
          : v1_problem(bytes.first(verification.payload_size),
                       bytes.last(static_cast<std::size_t>(facts->signature_size)),
                       key);
  verification.valid = !verification.problem;
  return verification;
}

}  // namespace otatool::app
