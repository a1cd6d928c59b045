#include "cli/upload/upload_image.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "otatool/gzip/pack.hpp"
#include "otatool/signing/signed_image.hpp"

#include "cli/frame/invocation.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/hints.hpp"
#include "cli/io/messages.hpp"
#include "cli/signing/signing_input.hpp"
#include "cli/signing/signing_keys.hpp"
#include "files/files.hpp"

namespace otatool::cli {
namespace {

using image::Lineage;
using image::UploadCheck;

constexpr std::array<std::string_view, 3> kGzipModes = {"auto", "always", "never"};
constexpr std::size_t kAuto = 0;
constexpr std::size_t kAlways = 1;

Lineage lineage_of(const espota::Target& target) {
  if (target.chip != espota::Chip::Auto) {
    return target.chip == espota::Chip::Esp8266 ? Lineage::Esp8266 : Lineage::Esp32;
  }
  if (target.port == wire::kEsp8266Port) {
    return Lineage::Esp8266;
  }
  return target.port == wire::kEsp32Port ? Lineage::Esp32 : Lineage::Unknown;
}

Result<std::set<UploadCheck>> overridden_checks(const Invocation& invocation) {
  std::set<UploadCheck> checks;
  for (const std::string& name : invocation.values("force")) {
    const std::optional<UploadCheck> check = image::upload_check_of_name(name);
    if (!check) {
      std::vector<std::string_view> names;
      std::ranges::transform(image::upload_checks(),
                             std::back_inserter(names),
                             [](UploadCheck each) { return image::to_string(each); });
      return fail(Errc::Usage,
                  fmt::format("'{}' is no check; there are {}", name, fmt::join(names, ", ")));
    }
    checks.insert(*check);
  }
  return checks;
}

void replace_bytes(app::ExaminedFile& file, std::vector<std::uint8_t> bytes) {
  file.bytes = std::move(bytes);
  file.examined = app::examine_bytes(file.bytes);
}

Result<void> pack_file(app::ExaminedFile& file, Messages& messages) {
  if (file.examined.package) {
    return {};
  }
  if (image::lineage_of(file.examined) != Lineage::Esp8266) {
    return fail(Errc::WrongKind, "only ESP8266 images can be sent as gzip packages");
  }
  if (file.payload().size() != file.bytes.size()) {
    return fail(Errc::AlreadySigned, "it is signed, and a package is signed after packing");
  }
  auto package = gzip::pack(file.bytes);
  if (!package) {
    return fail(package.error());
  }
  messages.note(fmt::format("packed {} bytes into {}", file.bytes.size(), package->size()));
  replace_bytes(file, std::move(*package));
  return {};
}

Result<void> sign_file(Invocation& invocation,
                       const std::string& key_path,
                       app::ExaminedFile& file) {
  if (signed_payload_size(file)) {
    return fail(Errc::AlreadySigned, "it is signed already");
  }
  const auto key = load_private_key(invocation, key_path);
  if (!key) {
    return fail(key.error());
  }
  std::vector<std::uint8_t> bytes = file.bytes;
  if (file.examined.package) {
    auto aligned = gzip::align_package(bytes, files::kLargestImage);
    if (!aligned) {
      return fail(aligned.error());
    }
    bytes = std::move(*aligned);
  }
  const auto form = image::lineage_of(file.examined) == Lineage::Esp32
                        ? signing::SignatureForm::Esp32
                        : signing::SignatureForm::Esp8266;
  const auto digest = signing::digest_of(bytes, signing::HashAlgorithm::Sha256);
  const auto trailer = signing::sign(digest, *key, form);
  if (!trailer) {
    return fail(trailer.error());
  }
  invocation.messages().note(fmt::format("signed with key {} in the {} form",
                                         fingerprint_of(key->public_half()),
                                         signing::to_string(form)));
  bytes.insert(bytes.end(), trailer->begin(), trailer->end());
  replace_bytes(file, std::move(bytes));
  file.signer = key->public_half().fingerprint();
  return {};
}

}  // namespace

Result<UploadWishes> upload_wishes(const Invocation& invocation) {
  UploadWishes wishes;
  wishes.filesystem = invocation.flag("fs");
  wishes.assume_verifier = invocation.flag("assume-verifier");
  wishes.atomic_fs = invocation.flag("atomic-fs");
  wishes.key = invocation.value("sign");
  const auto gzip = invocation.choice("gzip", kGzipModes, 0);
  if (!gzip) {
    return fail(gzip.error());
  }
  wishes.pack = *gzip == kAlways;
  wishes.pack_if_taken = *gzip == kAuto;
  auto overridden = overridden_checks(invocation);
  if (!overridden) {
    return fail(overridden.error());
  }
  wishes.overridden = std::move(*overridden);
  auto space = target_space(invocation);
  if (!space) {
    return fail(space.error());
  }
  wishes.space = *space;
  return wishes;
}

Result<app::ExaminedFile> prepare_upload_image(Invocation& invocation,
                                               const std::string& path,
                                               const UploadWishes& wishes) {
  auto file = app::examine_file(path);
  if (!file) {
    return file;
  }
  return prepare_read_image(invocation, path, std::move(*file), wishes);
}

bool is_packable(const app::ExaminedFile& file, const UploadWishes& wishes) {
  return !wishes.filesystem && !file.examined.package &&
         image::lineage_of(file.examined) == Lineage::Esp8266 &&
         file.payload().size() == file.bytes.size();
}

Result<app::ExaminedFile> prepare_read_image(Invocation& invocation,
                                             const std::string& path,
                                             app::ExaminedFile file,
                                             const UploadWishes& wishes) {
  if (wishes.pack) {
    if (const auto packed = pack_file(file, invocation.messages()); !packed) {
      return fail(packed.error().with_context(path));
    }
  }
  if (wishes.key) {
    if (const auto done = sign_file(invocation, *wishes.key, file); !done) {
      return fail(done.error().with_context(path));
    }
  }
  return file;
}

std::vector<image::Refusal> refusals_of(const app::ExaminedFile& file,
                                        const UploadWishes& wishes,
                                        const std::set<Lineage>& lineages) {
  const auto fit = fit_in(wishes.space, file.examined, file.bytes.size());
  for (const Lineage lineage : lineages) {
    const image::UploadIntent intent{.lineage = lineage,
                                     .filesystem = wishes.filesystem,
                                     .atomic_fs = wishes.atomic_fs,
                                     .verifier_known = wishes.assume_verifier,
                                     .fit = fit,
                                     .overridden = wishes.overridden};
    auto refusals = image::check_upload(file.examined, intent);
    if (!refusals.empty()) {
      return refusals;
    }
  }
  return {};
}

std::vector<image::Refusal> refusals_of(const app::ExaminedFile& file,
                                        const UploadWishes& wishes,
                                        std::span<const espota::Target> targets) {
  std::set<Lineage> judged;
  for (const espota::Target& target : targets) {
    if (!judged.insert(lineage_of(target)).second) {
      continue;
    }
    auto refusals = refusals_of(file, wishes, std::set{lineage_of(target)});
    if (refusals.empty()) {
      continue;
    }
    for (image::Refusal& refusal : refusals) {
      if (targets.size() > 1 && refusal.check == UploadCheck::WrongChip) {
        refusal.error = refusal.error.with_context(target.name);
      }
    }
    return refusals;
  }
  return {};
}

std::string image_warning(const std::string& path, const app::ExaminedFile& file, bool filesystem) {
  if (!image::is_unknown_filesystem(file.examined, filesystem)) {
    return {};
  }
  return fmt::format("{}: not a filesystem that otatool knows; sent as it is", path);
}

int report_refusals(Messages& messages,
                    const std::string& path,
                    std::span<const image::Refusal> refusals) {
  const image::Refusal& first = refusals.front();
  std::string message = first.error.message();
  std::vector<std::string_view> checks;
  for (const image::Refusal& each : refusals) {
    const std::string_view check = image::to_string(each.check);
    if (&each != &first) {
      message += fmt::format("; also: {} ({})", each.error.message(), check);
    }
    if (std::ranges::find(checks, check) == checks.end()) {
      checks.push_back(check);
    }
  }
  messages.error(Error(first.error.code(), std::move(message)).with_context(path),
                 override_hint(checks));
  return exit_code(first.error.code());
}

void choose_chips(const app::ExaminedFile& file, std::span<espota::Target> targets) {
  const Lineage lineage = image::lineage_of(file.examined);
  if (lineage == Lineage::Unknown) {
    return;
  }
  for (espota::Target& target : targets) {
    if (target.chip == espota::Chip::Auto && !target.port) {
      target.chip = lineage == Lineage::Esp8266 ? espota::Chip::Esp8266 : espota::Chip::Esp32;
    }
  }
}

}  // namespace otatool::cli
