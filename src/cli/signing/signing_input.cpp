#include "cli/signing/signing_input.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

#include "otatool/gzip/pack.hpp"
#include "otatool/gzip/validate.hpp"
#include "otatool/image/flash_patch.hpp"
#include "otatool/image/upload_check.hpp"

#include "app/examined_file.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/io/messages.hpp"

namespace otatool::cli {
namespace {

using signing::HashAlgorithm;
using signing::SignatureForm;

bool is_package(const image::Examined& examined) {
  return examined.file.kind == image::Kind::Gzip;
}

SignatureForm natural_form(const image::Examined& examined) {
  return image::is_esp32_family(examined.payload().chip) ? SignatureForm::Esp32
                                                         : SignatureForm::Esp8266;
}

/// The lengths of a package that every core hashes completely.
Result<void> align(SigningInput& input, Messages& messages) {
  auto aligned = gzip::align_package(input.payload, gzip::kLargestFlashBytes);
  if (!aligned) {
    return fail(aligned.error());
  }
  if (*aligned == input.payload) {
    return {};
  }
  messages.note(fmt::format(
      "{}: repacked from {} to {} bytes, because cores 3.1.0 to 3.1.2 refuse other lengths than "
      "multiples of 4",
      input.path,
      input.payload.size(),
      aligned->size()));
  input.payload = *std::move(aligned);
  input.examined = app::examine_bytes(input.payload);
  input.repacked = true;
  return {};
}

Result<void> check_package_form(const SigningInput& input) {
  if (input.form == SignatureForm::Esp32) {
    return fail(Errc::WrongKind, "an ESP32 does not unpack gzip packages");
  }
  if (input.form == SignatureForm::Esp8266Legacy) {
    return fail(Errc::WrongKind,
                "the cores that want the legacy form, 2.5.0 to 2.5.2, do not unpack gzip packages");
  }
  return {};
}

/// The first reason why a device of this form could not use the image, apart from `overridden`.
std::optional<Error> unfitness(const SigningInput& input,
                               const std::set<image::UploadCheck>& overridden) {
  image::UploadIntent intent;
  intent.lineage =
      input.form == SignatureForm::Esp32 ? image::Lineage::Esp32 : image::Lineage::Esp8266;
  intent.filesystem = image::is_filesystem(input.examined.payload().kind);
  intent.atomic_fs = true;
  intent.verifier_known = true;
  intent.overridden = overridden;
  const auto refusals = image::check_upload(input.examined, intent);
  return refusals.empty() ? std::nullopt : std::optional(refusals.front().error);
}

Result<void> check_image(const SigningInput& input, bool accept_unfit, Messages& messages) {
  using image::UploadCheck;
  const std::optional<Error> complaint = unfitness(input, {});
  if (!complaint) {
    return {};
  }
  if (!accept_unfit) {
    return fail(*complaint);
  }
  // A broken package bricks whatever device takes it: nothing overrides that.
  const std::set<UploadCheck> forced = {UploadCheck::EmptyFile,
                                        UploadCheck::NotAnImage,
                                        UploadCheck::NotAnApp,
                                        UploadCheck::MergedImage,
                                        UploadCheck::Damaged,
                                        UploadCheck::WrongChip,
                                        UploadCheck::FilesystemCommand,
                                        UploadCheck::PackageContent,
                                        UploadCheck::Signature};
  if (const auto fatal = unfitness(input, forced)) {
    return fail(*fatal);
  }
  messages.warning(fmt::format("{}: {}", input.path, complaint->message()));
  return {};
}

Result<void> set_flash_mode(SigningInput& input, image::FlashMode mode) {
  auto patched = image::set_flash_mode(input.payload, input.examined.file, mode);
  if (!patched) {
    return fail(patched.error());
  }
  input.payload = *std::move(patched);
  input.examined = app::examine_bytes(input.payload);
  return {};
}

/// Takes an old signature off, if there is one and that is wanted.
Result<SigningInput> without_signature(app::ExaminedFile file, bool replace, Messages& messages) {
  const auto payload_size = signed_payload_size(file);
  SigningInput input;
  input.path = file.path;
  if (!payload_size) {
    input.payload = std::move(file.bytes);
    input.examined = std::move(file.examined);
    return input;
  }
  if (!replace) {
    return fail(Errc::AlreadySigned,
                fmt::format("it is signed already: {} of its {} bytes are a signature",
                            file.bytes.size() - *payload_size,
                            file.bytes.size()));
  }
  messages.note(fmt::format("{}: the signature that is there is replaced", file.path));
  input.payload = std::move(file.bytes);
  input.payload.resize(*payload_size);
  input.examined = app::examine_bytes(input.payload);
  input.signature_replaced = true;
  return input;
}

Result<void> prepare(SigningInput& input, const SigningWishes& wishes, Messages& messages) {
  input.form = wishes.form.value_or(natural_form(input.examined));
  input.hash = wishes.hash;
  if (is_package(input.examined)) {
    if (auto allowed = check_package_form(input); !allowed) {
      return allowed;
    }
  }
  if (auto fit = check_image(input, wishes.accept_unfit, messages); !fit) {
    return fit;
  }
  if (wishes.flash_mode) {
    if (auto patched = set_flash_mode(input, *wishes.flash_mode); !patched) {
      return patched;
    }
  }
  return is_package(input.examined) ? align(input, messages) : Result<void>();
}

}  // namespace

std::optional<std::size_t> signed_payload_size(const app::ExaminedFile& file) {
  const auto& signature = file.examined.file.signature;
  if (signature && (signature->form == image::SignatureForm::Esp8266 ||
                    signature->form == image::SignatureForm::Esp32Arduino)) {
    return static_cast<std::size_t>(signature->payload_size);
  }
  if (signature || file.examined.file.image_size != 0) {
    return std::nullopt;
  }
  const auto found = signing::find_signature(file.bytes);
  return found ? std::optional(found->payload_size) : std::nullopt;
}

Result<SigningWishes> signing_wishes(const Invocation& invocation) {
  constexpr std::array<std::string_view, 3> kForms = {"esp8266", "esp8266-legacy", "esp32"};
  constexpr std::array<std::string_view, 3> kHashes = {"sha256", "sha384", "sha512"};
  constexpr std::array<std::string_view, 5> kModes = {"keep", "qio", "qout", "dio", "dout"};
  const auto form = invocation.choice("format", kForms, 0);
  const auto hash = invocation.choice("hash", kHashes, 0);
  const auto mode = invocation.choice("flash-mode", kModes, 0);
  for (const auto* chosen : {&form, &hash, &mode}) {
    if (!*chosen) {
      return fail(chosen->error());
    }
  }
  SigningWishes wishes;
  if (invocation.flag("format")) {
    wishes.form = static_cast<SignatureForm>(*form);
  }
  wishes.hash = static_cast<HashAlgorithm>(*hash);
  wishes.flash_mode = image::flash_mode_of_name(kModes[*mode]);
  wishes.accept_unfit = wishes.replace_signature = invocation.flag("force");
  return wishes;
}

Result<SigningInput> read_signing_input(const std::string& path,
                                        const SigningWishes& wishes,
                                        Messages& messages) {
  auto file = app::examine_file(path);
  if (!file) {
    return fail(file.error());
  }
  auto input = without_signature(*std::move(file), wishes.replace_signature, messages);
  if (!input) {
    return fail(input.error().with_context(path));
  }
  if (const auto prepared = prepare(*input, wishes, messages); !prepared) {
    return fail(prepared.error().with_context(path));
  }
  return input;
}

std::string accepting_cores(const image::Examined& payload,
                            std::size_t payload_size,
                            SignatureForm form,
                            HashAlgorithm hash) {
  switch (form) {
    case SignatureForm::Esp8266Legacy:
      return "ESP8266 cores 2.5.0 to 2.5.2";
    case SignatureForm::Esp32:
      return fmt::format("ESP32 cores after 3.3.7, built with UPDATE_SIGN and {}",
                         signing::to_string(hash));
    case SignatureForm::Esp8266:
      break;
  }
  if (!is_package(payload)) {
    return "ESP8266 cores from 2.6.0 on";
  }
  return payload_size % gzip::kPackageAlignment == 0
             ? "ESP8266 cores from 3.0.0 on"
             : "ESP8266 cores 3.0.0 to 3.0.2: newer ones want a multiple of 4 bytes";
}

void warn_of_embedded_keys(Messages& messages,
                           const SigningInput& input,
                           const signing::PublicKey& key) {
  std::optional<std::string> other;
  bool own = false;
  for (const image::EmbeddedKey& embedded : input.examined.payload().keys) {
    if (embedded.is_private) {
      messages.warning(fmt::format(
          "{}: a private key is in the image, at byte {}", input.path, embedded.offset));
      continue;
    }
    const auto found = signing::PublicKey::load(as_bytes(embedded.pem));
    if (found) {
      own |= found->fingerprint() == key.fingerprint();
      other = to_hex(found->fingerprint());
    }
  }
  if (other && !own) {
    messages.warning(
        fmt::format("{}: the image carries another public key ({}): once it runs, the next update "
                    "must be signed with that one",
                    input.path,
                    *other));
  }
}

std::string default_signed_path(const std::string& image) {
  return image == "-" ? image : image + ".signed";
}

}  // namespace otatool::cli
