#include "app/release/release.hpp"

#include <utility>
#include <vector>

#include "otatool/gzip/pack.hpp"

#include "app/release/signed_release.hpp"

namespace otatool::app {
namespace {

void replace_bytes(ExaminedFile& file, std::vector<std::uint8_t> bytes) {
  file.bytes = std::move(bytes);
  file.examined = examine_bytes(file.bytes);
}

Result<void> pack(Release& release) {
  ExaminedFile& file = release.file;
  if (file.examined.package) {
    return {};
  }
  if (image::family_of(file.examined) != ChipFamily::Esp8266) {
    return fail(Errc::WrongKind, "only ESP8266 images can be sent as gzip packages");
  }
  if (file.payload().size() != file.bytes.size()) {
    return fail(Errc::AlreadySigned, "it is signed already, and a package is signed after packing");
  }
  TRY(auto package, gzip::pack(file.bytes));
  release.packed_from = file.bytes.size();
  release.packed_size = package.size();
  replace_bytes(file, std::move(package));
  return {};
}

Result<void> sign(Release& release, const signing::Signer& signer) {
  const auto checks = image::upload_checks();
  const SigningOptions options{.overridden = {checks.begin(), checks.end()}};
  TRY(const auto input, prepare_signing(release.file, options));
  TRY(auto bytes, signed_bytes(input, signer, input.form));
  release.signed_form = input.form;
  replace_bytes(release.file, std::move(bytes));
  release.file.signer = signer.public_half().fingerprint();
  return {};
}

}  // namespace

bool is_packable(const ExaminedFile& file, bool filesystem) {
  return !filesystem && !file.examined.package &&
         image::family_of(file.examined) == ChipFamily::Esp8266 &&
         file.payload().size() == file.bytes.size();
}

Result<Release> prepare_release(ExaminedFile file,
                                const ReleaseOptions& options,
                                const signing::Signer* signer) {
  Release release{.file = std::move(file)};
  if (options.packing == Packing::Always) {
    if (const auto packed = pack(release); !packed) {
      return fail(packed.error().with_context(release.file.path));
    }
  }
  if (signer != nullptr) {
    TRY_VOID(sign(release, *signer));
  }
  return release;
}

}  // namespace otatool::app
