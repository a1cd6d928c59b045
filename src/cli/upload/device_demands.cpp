#include "cli/upload/device_demands.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "otatool/signing/key.hpp"
#include "otatool/signing/signed_image.hpp"

#include "app/devices/device_facts.hpp"
#include "cli/signing/signing_input.hpp"

namespace otatool::cli {
namespace {

using image::UploadCheck;

bool all_say(std::span<const app::KnownTarget> targets, const auto& says) {
  return !targets.empty() && std::ranges::all_of(targets, [&says](const app::KnownTarget& known) {
    return known.device && says(app::ota_txt_of(*known.device));
  });
}

bool verifies(const wire::OtaTxt& txt) {
  return txt.signature == wire::TxtSignature::RsaSha256;
}

bool wants_signature(const wire::OtaTxt& txt) {
  return txt.signature == wire::TxtSignature::RsaSha256 ||
         txt.signature == wire::TxtSignature::Other;
}

/// The key of a signed file, where the file itself tells: as the one that it was signed with here,
/// or as one that it carries and that verifies it.
std::optional<signing::Fingerprint> signer_of(const app::ExaminedFile& file) {
  if (file.signer || !signed_payload_size(file)) {
    return file.signer;
  }
  for (const image::EmbeddedKey& embedded : file.examined.payload().keys) {
    const auto key = signing::PublicKey::load(as_bytes(embedded.pem));
    if (key && signing::verify(file.bytes, *key).valid) {
      return key->fingerprint();
    }
  }
  return std::nullopt;
}

/// A TXT record has the first bytes of a fingerprint.
Bytes as_announced(const signing::Fingerprint& fingerprint) {
  return Bytes(fingerprint).first(wire::kTxtFingerprintSize);
}

}  // namespace

app::TargetSearch::Wait wait_for_answers(const app::ExaminedFile& file,
                                         const UploadWishes& wishes,
                                         std::span<const espota::Target> targets) {
  const bool package = file.examined.package || wishes.pack;
  const bool signed_file = wishes.key || signed_payload_size(file);
  if (package && signed_file && !wishes.assume_verifier) {
    return app::TargetSearch::Wait::Required;
  }
  const bool port_open = std::ranges::any_of(
      targets, [](const espota::Target& target) { return !target.port.has_value(); });
  return port_open || signed_file || (wishes.pack_if_taken && is_packable(file, wishes))
             ? app::TargetSearch::Wait::Usual
             : app::TargetSearch::Wait::None;
}

void follow_devices(std::span<const app::KnownTarget> targets,
                    const app::ExaminedFile& file,
                    UploadWishes& wishes) {
  const bool all_verify = all_say(targets, verifies);
  const bool all_unpack =
      all_say(targets, [](const wire::OtaTxt& txt) { return txt.gzip == wire::Known::Yes; });
  wishes.assume_verifier = wishes.assume_verifier || all_verify;
  if (wishes.pack_if_taken && all_unpack && is_packable(file, wishes) &&
      (!wishes.key || all_verify)) {
    wishes.pack = true;
  }
}

std::vector<image::Refusal> refusals_of_devices(std::span<const app::KnownTarget> targets,
                                                const app::ExaminedFile& file,
                                                const UploadWishes& wishes) {
  std::vector<image::Refusal> refusals;
  const auto refuse = [&](UploadCheck check, Errc code, std::string message) {
    if (!wishes.overridden.contains(check)) {
      refusals.push_back({check, Error(code, std::move(message))});
    }
  };
  const auto signer = signer_of(file);
  for (const app::KnownTarget& known : targets) {
    if (!known.device) {
      continue;
    }
    const wire::OtaTxt txt = app::ota_txt_of(*known.device);
    if (signer && txt.has_fingerprint && wants_signature(txt) &&
        !std::ranges::equal(as_announced(*signer), txt.fingerprint)) {
      refuse(UploadCheck::Signature,
             Errc::SignatureInvalid,
             fmt::format("'{}' verifies with key {}, and the image is signed with {}",
                         known.target.name,
                         to_hex(txt.fingerprint),
                         to_hex(as_announced(*signer))));
    }
    if (wants_signature(txt) && !signed_payload_size(file)) {
      refuse(UploadCheck::Signature,
             Errc::NotSigned,
             fmt::format("'{}' takes signed images only", known.target.name));
    }
    if (txt.has_space && !wishes.filesystem && file.bytes.size() > txt.space) {
      refuse(UploadCheck::Space,
             Errc::DoesNotFit,
             fmt::format("'{}' has room for {} bytes, and these are {}",
                         known.target.name,
                         txt.space,
                         file.bytes.size()));
    }
  }
  return refusals;
}

}  // namespace otatool::cli
