#include "app/release/signed_release.hpp"

#include <array>
#include <fmt/format.h>
#include <utility>

#include "otatool/gzip/pack.hpp"
#include "otatool/gzip/validate.hpp"
#include "otatool/signing/secure_boot.hpp"
#include "otatool/wire/image_trailer.hpp"

namespace otatool::app {
namespace {

using image::UploadCheck;

bool is_package(const image::Examined& examined) {
  return examined.file.kind == image::Kind::Gzip;
}

SignatureForm natural_form(const image::Examined& examined) {
  return image::is_esp32_family(examined.payload().chip) ? SignatureForm::Esp32
                                                         : SignatureForm::Esp8266;
}

void replace_payload(SigningInput& input, std::vector<std::uint8_t> payload) {
  input.payload = std::move(payload);
  input.examined = examine_bytes(input.payload);
}

bool has_secure_boot(const ExaminedFile& file) {
  const auto& signature = file.examined.file.signature;
  return signature && is_secure_boot(signature->form);
}

Result<void> check_form(const SigningInput& input, SignatureForm form) {
  if (is_package(input.examined) && form == SignatureForm::Esp8266Legacy) {
    return fail(Errc::WrongKind,
                "the cores that need the legacy form, 2.5.0 to 2.5.2, do not unpack gzip packages");
  }
  return {};
}

bool is_for_esp32(SignatureForm form) {
  return form == SignatureForm::Esp32 || is_secure_boot(form);
}

/// The first reason why a device of this form could not use the image, apart from `overridden`.
std::optional<Error> first_problem(const SigningInput& input,
                                   const std::set<UploadCheck>& overridden) {
  image::UploadIntent intent;
  intent.family = is_for_esp32(input.form) ? ChipFamily::Esp32 : ChipFamily::Esp8266;
  intent.filesystem = image::is_filesystem(input.examined.payload().kind);
  intent.atomic_fs = true;
  intent.verifier_known = true;
  intent.overridden = overridden;
  const auto problems = image::check_upload(input.examined, intent);
  return problems.empty() ? std::nullopt : std::optional(problems.front().error);
}

Result<void> check_image(SigningInput& input, std::set<UploadCheck> overridden) {
  std::set<UploadCheck> usual;
  if (input.form == SignatureForm::SecureBootV2 &&
      input.examined.file.kind == image::Kind::Esp32Bootloader) {
    usual.insert(UploadCheck::NotAnApp);  // the mask ROM verifies it
  }
  overridden.insert(usual.begin(), usual.end());
  if (const auto problem = first_problem(input, overridden)) {
    return fail(*problem);
  }
  input.overridden_problem = first_problem(input, usual);
  return {};
}

Result<void> set_flash_mode(SigningInput& input, image::FlashMode mode) {
  TRY(auto patched, image::set_flash_mode(input.payload, input.examined.file, mode));
  replace_payload(input, std::move(patched));
  return {};
}

/// Brings a package to a length that each core hashes completely.
Result<void> align(SigningInput& input) {
  TRY(auto aligned, gzip::align_package(input.payload, gzip::kLargestFlashBytes));
  if (aligned != input.payload) {
    input.repacked_from = input.payload.size();
    replace_payload(input, std::move(aligned));
  }
  return {};
}

/// Appends bytes so that an ESP32 computes the right hash. It accepts bytes after the image.
void pad(SigningInput& input) {
  constexpr std::size_t kPadding = 16;
  if (input.form == SignatureForm::Esp32 &&
      signing::is_misread_by_esp32(input.payload.size(), input.hash)) {
    input.padding = kPadding;
    input.payload.insert(input.payload.end(), kPadding, 0xFF);
  }
}

/// Appends FF, as the boot loader expects before the signature sector.
void pad_to_sector(SigningInput& input) {
  const std::size_t excess = input.payload.size() % signing::kSecureBootSectorSize;
  if (input.form == SignatureForm::SecureBootV2 && excess != 0) {
    input.payload.insert(input.payload.end(), signing::kSecureBootSectorSize - excess, 0xFF);
  }
}

/// An image whose Secure Boot v2 blocks stay.
Result<SigningInput> with_earlier_blocks(ExaminedFile file) {
  const image::SignatureFacts& facts = *file.examined.file.signature;
  for (std::size_t i = 0; i < facts.blocks.size(); ++i) {
    const image::SecureBootBlock& block = facts.blocks[i];
    if (!block.crc_matches || block.signature_matches != true) {
      return fail(
          Errc::SignatureInvalid,
          fmt::format(
              "its Secure Boot block {} of {} does not verify", i + 1, facts.blocks.size()));
    }
  }
  if (facts.blocks.size() >= signing::kMostSecureBootBlocks) {
    return fail(Errc::AlreadySigned, "it has three Secure Boot blocks, which is the most");
  }
  SigningInput input;
  input.path = file.path;
  const Bytes sector = Bytes(file.bytes).subspan(static_cast<std::size_t>(facts.payload_size));
  const Bytes blocks = sector.first(facts.blocks.size() * signing::kSecureBootBlockSize);
  input.earlier_blocks.assign(blocks.begin(), blocks.end());
  file.bytes.resize(static_cast<std::size_t>(facts.payload_size));
  replace_payload(input, std::move(file.bytes));
  return input;
}

Result<SigningInput> without_signature(ExaminedFile file, const SigningOptions& options) {
  const bool replace = options.replace_signature;
  const bool secure_boot = options.form == SignatureForm::SecureBootV2;
  if (secure_boot && !replace && has_secure_boot(file) &&
      file.examined.file.signature->form == SignatureForm::SecureBootV2) {
    return with_earlier_blocks(std::move(file));
  }
  const auto payload_size = secure_boot ? unsigned_size(file) : signed_payload_size(file);
  SigningInput input;
  input.path = file.path;
  if (has_secure_boot(file) && !replace) {
    return fail(Errc::AlreadySigned,
                fmt::format("it has a {} signature, and the bootloader expects nothing after it",
                            to_string(file.examined.file.signature->form)));
  }
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
  input.signature_replaced = true;
  file.bytes.resize(*payload_size);
  replace_payload(input, std::move(file.bytes));
  return input;
}

Result<void> state_version(SigningInput& input, std::uint32_t version) {
  if (!image::is_filesystem(input.examined.payload().kind) ||
      input.form != SignatureForm::Esp8266) {
    return fail(Errc::WrongKind, "only a filesystem in the esp8266 form can state --fs-version");
  }
  std::array<std::uint8_t, wire::kFilesystemVersionSize> words{};
  wire::write_filesystem_version(version, words.data());
  input.payload.insert(input.payload.end(), words.begin(), words.end());
  return {};
}

Result<void> prepare(SigningInput& input, const SigningOptions& options) {
  input.form = options.form.value_or(natural_form(input.examined));
  input.hash = options.hash;
  if (auto usable = check_form(input, input.form); !usable) {
    return usable;
  }
  if (auto usable = check_image(input, options.overridden); !usable) {
    return usable;
  }
  if (options.flash_mode) {
    if (auto patched = set_flash_mode(input, *options.flash_mode); !patched) {
      return patched;
    }
  }
  pad(input);
  pad_to_sector(input);
  if (options.filesystem_version) {
    return state_version(input, *options.filesystem_version);
  }
  return is_package(input.examined) ? align(input) : Result<void>();
}

}  // namespace

std::set<UploadCheck> overridable_checks() {
  return {UploadCheck::EmptyFile,
          UploadCheck::NotAnImage,
          UploadCheck::NotAnApp,
          UploadCheck::MergedImage,
          UploadCheck::Damaged,
          UploadCheck::WrongChip,
          UploadCheck::FilesystemCommand,
          UploadCheck::PackageContent,
          UploadCheck::Signature};
}

Result<SigningInput> prepare_signing(ExaminedFile file, const SigningOptions& options) {
  const std::string path = file.path;
  auto input = without_signature(std::move(file), options);
  if (!input) {
    return fail(input.error().with_context(path));
  }
  if (const auto prepared = prepare(*input, options); !prepared) {
    return fail(prepared.error().with_context(path));
  }
  return input;
}

Result<void> check_addition(const SigningInput& input, const signing::PublicKey& key) {
  Bytes blocks(input.earlier_blocks);
  for (; !blocks.empty(); blocks = blocks.subspan(signing::kSecureBootBlockSize)) {
    const auto block =
        signing::verify_secure_boot(input.payload, blocks.first(signing::kSecureBootBlockSize));
    if (block && block->fingerprint == key.fingerprint()) {
      return fail(Errc::AlreadySigned, "one of its Secure Boot blocks has this key already");
    }
  }
  return {};
}

Result<std::vector<std::uint8_t>> signed_bytes(const SigningInput& input,
                                               const signing::Signer& signer,
                                               SignatureForm form) {
  if (const auto usable = check_form(input, form); !usable) {
    return fail(usable.error().with_context(input.path));
  }
  if (const auto usable = check_addition(input, signer.public_half()); !usable) {
    return fail(usable.error().with_context(input.path));
  }
  const auto trailer = signing::sign(input.payload, signer, form, input.hash);
  if (!trailer) {
    return fail(trailer.error().with_context(input.path));
  }
  return with_trailer(input, *trailer);
}

std::vector<std::uint8_t> with_trailer(const SigningInput& input, const signing::Trailer& trailer) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(input.payload.size() + signing::kSecureBootSectorSize);
  bytes.insert(bytes.end(), input.payload.begin(), input.payload.end());
  bytes.insert(bytes.end(), input.earlier_blocks.begin(), input.earlier_blocks.end());
  bytes.insert(bytes.end(), trailer.begin(), trailer.end());
  if (input.form == SignatureForm::SecureBootV2) {
    bytes.resize(input.payload.size() + signing::kSecureBootSectorSize, 0xFF);
  }
  return bytes;
}

std::optional<std::size_t> signed_payload_size(const ExaminedFile& file) {
  const auto& signature = file.examined.file.signature;
  if (signature && !is_secure_boot(signature->form)) {
    return static_cast<std::size_t>(signature->payload_size);
  }
  if (signature || file.examined.file.image_size != 0) {
    return std::nullopt;
  }
  const auto found = signing::find_signature(file.bytes);
  return found ? std::optional(found->payload_size) : std::nullopt;
}

std::optional<std::size_t> unsigned_size(const ExaminedFile& file) {
  return has_secure_boot(file)
             ? std::optional(static_cast<std::size_t>(file.examined.file.image_size))
             : signed_payload_size(file);
}

std::string accepting_cores(const image::Examined& payload,
                            std::size_t payload_size,
                            SignatureForm form,
                            signing::HashAlgorithm hash) {
  switch (form) {
    case SignatureForm::Esp8266Legacy:
      return "ESP8266 cores 2.5.0 to 2.5.2";
    case SignatureForm::Esp32:
      return fmt::format("ESP32 cores after 3.3.7, built with UPDATE_SIGN and {}",
                         signing::to_string(hash));
    case SignatureForm::SecureBootV1:
    case SignatureForm::SecureBootV2:
      return "bootloaders of ESP-IDF with Secure Boot and this key";
    case SignatureForm::Esp8266:
      break;
  }
  if (!is_package(payload)) {
    return "ESP8266 cores from 2.6.0 on";
  }
  return payload_size % gzip::kPackageAlignment == 0
             ? "ESP8266 cores from 3.0.0 on"
             : "ESP8266 cores 3.0.0 to 3.0.2: newer ones need a multiple of 4 bytes";
}

std::vector<CarriedKey> surprising_keys(const image::Examined& examined,
                                        const signing::PublicKey& key) {
  std::vector<CarriedKey> keys;
  std::optional<CarriedKey> other;
  bool own = false;
  for (const image::EmbeddedKey& embedded : examined.payload().keys) {
    if (embedded.is_private) {
      keys.push_back({embedded.offset, std::nullopt});
    } else if (const auto found = signing::PublicKey::load(as_bytes(embedded.pem))) {
      own = own || found->fingerprint() == key.fingerprint();
      other = CarriedKey{embedded.offset, found->fingerprint()};
    }
  }
  if (other && !own) {
    keys.push_back(*other);
  }
  return keys;
}

}  // namespace otatool::app
