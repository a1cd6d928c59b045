// Checks a signed file, and explains why a file does not verify.
#include <algorithm>
#include <string>

#include "otatool/signing/signed_image.hpp"
#include "otatool/wire/image_trailer.hpp"

#include "signing/native_key.hpp"
#include "signing/signature.hpp"
#include "signing/trailer_shape.hpp"

namespace otatool::signing {
namespace {

/// The number of bytes after a trailer that are searched for it: line ends, padding to a word.
constexpr std::size_t kLongestTail = 16;

struct Candidate {
  SignatureForm form;
  Bytes payload;
  Bytes signature;
};

std::string count(std::size_t bytes) {
  return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
}

Verification problem(Errc code, std::string message) {
  Verification verification;
  verification.problem = Error(code, std::move(message));
  return verification;
}

/// Payload and signature of a file whose trailer has a signature of `size` bytes. Ignores the
/// length field.
std::optional<Candidate> split_esp8266(Bytes file, std::size_t size) {
  const std::size_t trailer_size = size + wire::kTrailerLengthSize;
  if (file.size() < trailer_size) {
    return std::nullopt;
  }
  return Candidate{.form = SignatureForm::Esp8266,
                   .payload = file.first(file.size() - trailer_size),
                   .signature = file.last(trailer_size).first(size)};
}

std::optional<Candidate> esp8266_candidate(Bytes file, const PublicKey& key) {
  const std::size_t size = key.signature_size();
  if (!key.is_rsa() || trailer_length(file) != size) {
    return std::nullopt;
  }
  return split_esp8266(file, size);
}

std::optional<Candidate> esp32_candidate(Bytes file, const PublicKey& key) {
  if (file.size() < wire::kEsp32TrailerSize) {
    return std::nullopt;
  }
  const Bytes block = file.last(wire::kEsp32TrailerSize);
  const auto size = key.is_rsa() ? std::optional(key.signature_size()) : ecdsa_der_size(block);
  if (!size || !all_zero(block.subspan(*size)) || all_zero(block)) {
    return std::nullopt;
  }
  return Candidate{.form = SignatureForm::Esp32,
                   .payload = file.first(file.size() - wire::kEsp32TrailerSize),
                   .signature = block.first(*size)};
}

/// Nothing if the candidate is most likely not a signature.
std::optional<Verification> check_candidate(const Candidate& candidate, const PublicKey& key) {
  const SignatureReading reading =
      read_signature_kind(candidate.payload, candidate.signature, key.native());
  if (candidate.form == SignatureForm::Esp32 && reading.kind == SignatureKind::Foreign &&
      (candidate.signature.size() == wire::kEsp32TrailerSize ||
       (key.is_rsa() && !looks_random(candidate.signature)))) {
    return std::nullopt;
  }
  Verification verification;
  verification.form = candidate.form;
  if (candidate.form == SignatureForm::Esp8266 && reading.kind == SignatureKind::Bare) {
    verification.form = SignatureForm::Esp8266Legacy;
  }
  verification.payload_size = candidate.payload.size();
  verification.hash = candidate.form == SignatureForm::Esp32 ? reading.hash : HashAlgorithm::Sha256;
  std::string wrong = objection(reading, *verification.form, verification.hash, candidate.payload);
  verification.valid = wrong.empty();
  if (!wrong.empty()) {
    verification.problem = Error(Errc::SignatureInvalid, std::move(wrong));
  }
  return verification;
}

bool is_own_signature(const std::optional<Candidate>& candidate, const PublicKey& key) {
  return candidate &&
         read_signature_kind(candidate->payload, candidate->signature, key.native()).kind !=
             SignatureKind::Foreign;
}

std::optional<Verification> explain_length(Bytes file, const PublicKey& key) {
  const std::size_t wanted = key.signature_size();
  const std::optional<std::uint32_t> said = trailer_length(file);
  if (!key.is_rsa() || !said) {
    return std::nullopt;
  }
  if (*said == wanted && file.size() < wanted + wire::kTrailerLengthSize) {
    return problem(Errc::NotSigned,
                   "a file of " + count(file.size()) + " is shorter than the " +
                       count(wanted + wire::kTrailerLengthSize) +
                       " of a signature and its length field");
  }
  if (*said != wanted && is_own_signature(split_esp8266(file, wanted), key)) {
    return problem(
        Errc::SignatureInvalid,
        "the length field says " + std::to_string(*said) + " but the signature has " +
            count(wanted) +
            (*said == wanted + wire::kTrailerLengthSize ? ": the field does not count itself"
                                                        : ": every device would refuse it"));
  }
  if (*said == wanted + wire::kTrailerLengthSize && file.size() >= *said) {
    return problem(Errc::SignatureInvalid,
                   "the length field says " + std::to_string(*said) +
                       ": it counts itself, but devices need " + std::to_string(wanted) +
                       "; the signature was not made with this key either");
  }
  for (std::size_t tail = 1; tail <= kLongestTail && tail < file.size(); ++tail) {
    const Bytes shorter = file.first(file.size() - tail);
    if (is_own_signature(esp8266_candidate(shorter, key), key)) {
      return problem(Errc::SignatureInvalid,
                     count(tail) + " too many after the length field of the signature");
    }
  }
  return std::nullopt;
}

/// Whether the end of the file has the length and the zeros of an ECDSA signature of this key.
bool is_damaged_ecdsa(Bytes file, const PublicKey& key) {
  constexpr std::size_t kShorter = 8;  // leading zeros of r and s, which DER omits
  if (key.is_rsa() || file.size() < wire::kEsp32TrailerSize) {
    return false;
  }
  const Bytes block = file.last(wire::kEsp32TrailerSize);
  return all_zero(block.subspan(key.signature_size())) &&
         looks_random(block.first(key.signature_size() - kShorter));
}

/// Explains a file without a possible signature of this key.
Verification explain_absence(Bytes file, const PublicKey& key) {
  if (auto explained = explain_length(file, key)) {
    return *std::move(explained);
  }
  if (const auto said = trailer_length(file);
      said && *said > 0 && *said < wire::kMinSignatureSize) {
    const auto split = split_esp8266(file, *said);
    if (split && ecdsa_der_size(split->signature) == *said) {
      return problem(Errc::KeyWrongKind,
                     "it has an ECDSA signature in the form of the ESP8266, which verifies only "
                     "RSA: no device accepts it");
    }
  }
  if (is_damaged_ecdsa(file, key)) {
    return problem(Errc::SignatureInvalid, "the ECDSA signature is damaged: it is not valid DER");
  }
  const auto found = find_signature(file);
  if (!found) {
    return problem(Errc::NotSigned, "there is no signature at the end of the file");
  }
  Verification verification =
      problem(Errc::SignatureInvalid,
              "it is signed with an " +
                  (found->ecdsa ? std::string("EC key")
                                : "RSA-" + std::to_string(found->signature_size * 8) + " key") +
                  ", not with this " + key.name() + " key");
  verification.form = found->form;
  verification.payload_size = found->payload_size;
  return verification;
}

}  // namespace

bool verify_signature(const Digest& digest,
                      Bytes signature,
                      const PublicKey& key,
                      SignatureForm form) {
  return check_signature(digest, signature, key.native(), form);
}

Verification verify(Bytes file, const PublicKey& key) {
  std::optional<Verification> first_problem;
  for (const auto& candidate : {esp8266_candidate(file, key), esp32_candidate(file, key)}) {
    auto checked = candidate ? check_candidate(*candidate, key) : std::nullopt;
    if (checked && checked->valid) {
      return *std::move(checked);
    }
    if (checked && !first_problem) {
      first_problem = std::move(checked);
    }
  }
  return first_problem ? *std::move(first_problem) : explain_absence(file, key);
}

}  // namespace otatool::signing
