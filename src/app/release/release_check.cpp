#include "app/release/release_check.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <functional>
#include <iterator>
#include <utility>

#include "otatool/signing/key.hpp"
#include "otatool/signing/signed_image.hpp"

#include "app/devices/device_facts.hpp"
#include "app/release/signed_release.hpp"

namespace otatool::app {
namespace {

using image::UploadCheck;
using image::UploadProblem;

/// Of arduino-pico (field-firmwares.md, discovery table).
constexpr std::uint16_t kRp2040Port = 2040;

bool all_announce(std::span<const ReleaseTarget> targets, bool (*what)(const wire::OtaTxt&)) {
  return !targets.empty() && std::ranges::all_of(targets, [what](const ReleaseTarget& target) {
    return target.announced && what(*target.announced);
  });
}

bool verifies(const wire::OtaTxt& txt) {
  return txt.signature == wire::TxtSignature::RsaSha256;
}

bool unpacks(const wire::OtaTxt& txt) {
  return txt.gzip == wire::Known::Yes;
}

bool needs_signature(const wire::OtaTxt& txt) {
  return verifies(txt) || txt.signature == wire::TxtSignature::Other;
}

/// The key of a signed file: the one that prepare_release signed with, or one in the image that
/// verifies the signature.
std::optional<signing::Fingerprint> signer_of(const ExaminedFile& file) {
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

std::vector<UploadProblem> announced_problems(const ReleaseTarget& target,
                                              const ExaminedFile& file,
                                              bool filesystem,
                                              const std::optional<signing::Fingerprint>& signer) {
  std::vector<UploadProblem> problems;
  const wire::OtaTxt& txt = *target.announced;
  if (signer && txt.has_fingerprint && needs_signature(txt) &&
      !std::ranges::equal(as_announced(*signer), txt.fingerprint)) {
    problems.push_back(
        {UploadCheck::Signature,
         Error(Errc::SignatureInvalid,
               fmt::format("'{}' verifies with key {}, but the image is signed with {}",
                           target.name,
                           to_hex(txt.fingerprint),
                           to_hex(as_announced(*signer))))});
  }
  if (needs_signature(txt) && !signed_payload_size(file)) {
    problems.push_back(
        {UploadCheck::Signature,
         Error(Errc::NotSigned, fmt::format("'{}' accepts only signed images", target.name))});
  }
  if (txt.has_space && !filesystem && file.bytes.size() > txt.space) {
    problems.push_back({UploadCheck::Space,
                        Error(Errc::DoesNotFit,
                              fmt::format("'{}' has space for {} bytes, and the image has {}",
                                          target.name,
                                          txt.space,
                                          file.bytes.size()))});
  }
  return problems;
}

std::vector<UploadProblem> family_problems(const ExaminedFile& file,
                                           const ReleaseOptions& options,
                                           std::span<const ReleaseTarget> targets) {
  std::set<std::pair<ChipFamily, std::string_view>> checked;
  for (const ReleaseTarget& target : targets) {
    const std::string_view layout = target.layout ? target.layout->name : std::string_view();
    if (!checked.emplace(target.family, layout).second) {
      continue;
    }
    auto problems = problems_of(file, with_layout(options, target.layout), target.family);
    if (problems.empty()) {
      continue;
    }
    for (UploadProblem& problem : problems) {
      const bool of_target = problem.check == UploadCheck::WrongChip ||
                             (problem.check == UploadCheck::Space && target.layout);
      if (targets.size() > 1 && of_target) {
        problem.error = problem.error.with_context(target.name);
      }
    }
    return problems;
  }
  return {};
}

}  // namespace

ReleaseOptions with_layout(ReleaseOptions options, const std::optional<image::Layout>& layout) {
  if (layout) {
    options.space.layout = layout;
  }
  return options;
}

ChipFamily family_of(const espota::Target& target) {
  if (target.chip != ChipFamily::Unknown) {
    return target.chip;
  }
  if (target.port == wire::kEsp8266Port) {
    return ChipFamily::Esp8266;
  }
  return target.port == wire::kEsp32Port ? ChipFamily::Esp32 : ChipFamily::Unknown;
}

std::vector<ReleaseTarget> release_targets(std::span<const KnownTarget> known) {
  std::vector<ReleaseTarget> targets;
  for (const KnownTarget& each : known) {
    const bool by_form = each.way.via == Via::Form;
    targets.push_back({.name = each.target.name,
                       .family = by_form ? each.target.chip : family_of(each.target),
                       .announced = {},
                       .layout = each.layout});
    if (each.device) {
      targets.back().announced = ota_txt_of(*each.device);
    }
  }
  return targets;
}

std::vector<std::string> remove_other_families(std::vector<KnownTarget>& known,
                                               std::size_t named,
                                               ChipFamily family) {
  const auto is_other = [family](const KnownTarget& each) {
    const ChipFamily own = family_of(each.target);
    return own != ChipFamily::Unknown && own != family;
  };
  const auto chosen = known.begin() + static_cast<std::ptrdiff_t>(named);
  const auto others = std::stable_partition(chosen, known.end(), std::not_fn(is_other));
  if (family == ChipFamily::Unknown || others == known.begin()) {
    return {};
  }
  std::vector<std::string> names;
  std::transform(others, known.end(), std::back_inserter(names), [](const KnownTarget& each) {
    return each.target.name;
  });
  known.erase(others, known.end());
  return names;
}

void choose_chip(const ExaminedFile& file, KnownTarget& known) {
  espota::Target& target = known.target;
  const bool form = known.way.via == Via::Form;
  if (file.examined.payload().kind == image::Kind::Rp2040 && !form && !target.port) {
    target.port = kRp2040Port;
  }
  if (target.chip == ChipFamily::Unknown && (form || !target.port)) {
    target.chip = image::family_of(file.examined);
  }
}

void apply_announcements(std::span<const ReleaseTarget> targets,
                         const ExaminedFile& file,
                         ReleaseOptions& options) {
  const bool all_verify = all_announce(targets, verifies);
  options.verifier_known = options.verifier_known || all_verify;
  if (options.packing == Packing::IfAccepted && all_announce(targets, unpacks) &&
      is_packable(file, options.filesystem) && (!options.sign || all_verify)) {
    options.packing = Packing::Always;
  }
}

bool needs_announced_verifier(const ExaminedFile& file, const ReleaseOptions& options) {
  const bool package = file.examined.package || options.packing == Packing::Always;
  return package && (options.sign || signed_payload_size(file)) && !options.verifier_known;
}

std::vector<UploadProblem> problems_of(const ExaminedFile& file,
                                       const ReleaseOptions& options,
                                       ChipFamily family) {
  const image::UploadIntent intent{
      .family = family,
      .filesystem = options.filesystem,
      .atomic_fs = options.atomic_fs,
      .verifier_known = options.verifier_known,
      .fit = fit_in(options.space, file.examined, file.bytes.size(), options.filesystem),
      .overridden = options.overridden};
  auto problems = image::check_upload(file.examined, intent);
  auto error = family == ChipFamily::Esp8266
                   ? std::nullopt
                   : partition_error(options.space, file.bytes.size(), options.filesystem);
  if (error && !options.overridden.contains(UploadCheck::Space)) {
    problems.push_back({UploadCheck::Space, std::move(*error)});
  }
  return problems;
}

std::vector<UploadProblem> problems_of(const ExaminedFile& file,
                                       const ReleaseOptions& options,
                                       std::span<const ReleaseTarget> targets) {
  auto problems = family_problems(file, options, targets);
  const auto signer = signer_of(file);
  for (const ReleaseTarget& target : targets) {
    if (target.announced) {
      std::ranges::move(announced_problems(target, file, options.filesystem, signer),
                        std::back_inserter(problems));
    }
  }
  std::erase_if(problems, [&options](const UploadProblem& problem) {
    return options.overridden.contains(problem.check);
  });
  return problems;
}

}  // namespace otatool::app
