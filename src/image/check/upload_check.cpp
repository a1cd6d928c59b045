#include "otatool/image/upload_check.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "image/check/image_problems.hpp"

namespace otatool::image {
namespace {

struct CheckName {
  UploadCheck check;
  std::string_view name;
};
constexpr std::array kNames = {
    CheckName{UploadCheck::EmptyFile, "empty-file"},
    CheckName{UploadCheck::NotAnImage, "not-an-image"},
    CheckName{UploadCheck::NotAnApp, "not-an-app"},
    CheckName{UploadCheck::MergedImage, "merged-image"},
    CheckName{UploadCheck::Damaged, "damaged"},
    CheckName{UploadCheck::WrongChip, "wrong-chip"},
    CheckName{UploadCheck::FilesystemCommand, "filesystem-command"},
    CheckName{UploadCheck::GzipToEsp32, "gzip-to-esp32"},
    CheckName{UploadCheck::GzipFilesystem, "gzip-filesystem"},
    CheckName{UploadCheck::BrokenPackage, "broken-package"},
    CheckName{UploadCheck::PackageContent, "package-content"},
    CheckName{UploadCheck::SignedPackage, "signed-package"},
    CheckName{UploadCheck::Signature, "signature"},
    CheckName{UploadCheck::Space, "space"},
    CheckName{UploadCheck::ReleaseName, "release-name"},
};
constexpr auto kChecks = [] {
  std::array<UploadCheck, kNames.size()> checks{};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    checks[i] = kNames[i].check;
  }
  return checks;
}();

using Problems = std::vector<UploadProblem>;

/// FAT of an ESP32, SPIFFS without magic, erased flash: accepted if the user says filesystem.
bool may_be_filesystem(Kind kind) {
  return kind == Kind::Unknown || kind == Kind::Blank || kind == Kind::RandomBytes;
}

UploadCheck check_of_kind(Kind kind) {
  switch (kind) {
    case Kind::Empty:
      return UploadCheck::EmptyFile;
    case Kind::Esp32Merged:
      return UploadCheck::MergedImage;
    case Kind::Esp8266Loader:
    case Kind::Esp8266V1:
    case Kind::Esp8266V2:
    case Kind::Esp32Bootloader:
    case Kind::Esp32PartitionTable:
      return UploadCheck::NotAnApp;
    default:
      return UploadCheck::NotAnImage;
  }
}

Errc code_of(UploadCheck check) {
  return check == UploadCheck::EmptyFile || check == UploadCheck::NotAnImage ? Errc::NotAnImage
                                                                             : Errc::WrongKind;
}

void check_kind(const ImageFacts& facts, bool filesystem, Problems& problems) {
  if (filesystem && may_be_filesystem(facts.kind)) {
    return;
  }
  if (const std::string why = unfit_kind(facts); !why.empty()) {
    const UploadCheck check = check_of_kind(facts.kind);
    problems.push_back({check, Error(code_of(check), why)});
  }
}

void check_damage(const ImageFacts& facts, UploadCheck check, Problems& problems) {
  for (const Problem& problem : damage(facts)) {
    problems.push_back({check, Error(Errc::NotAnImage, problem.message)});
  }
  if (is_filesystem(facts.kind) && facts.image_size == 0) {
    problems.push_back(
        {check, Error(Errc::NotAnImage, "the filesystem is larger than the file that holds it")});
  }
}

void check_chip(const Examined& examined, ChipFamily family, Problems& problems) {
  const ChipFamily image = family_of(examined);
  const bool known = image != ChipFamily::Unknown || examined.payload().chip == Chip::Rp2040;
  if (family == ChipFamily::Unknown || !known || image == family) {
    return;
  }
  problems.push_back(
      {UploadCheck::WrongChip,
       Error(Errc::WrongKind,
             "the image is for " + std::string(to_string(examined.payload().chip)) +
                 ", the device is an " + (family == ChipFamily::Esp8266 ? "ESP8266" : "ESP32"))});
}

void check_command(const ImageFacts& payload, bool filesystem, Problems& problems) {
  if (is_filesystem(payload.kind) && !filesystem) {
    problems.push_back(
        {UploadCheck::FilesystemCommand,
         Error(Errc::WrongKind, "this is a filesystem and would be written as firmware")});
  }
  if ((is_uploadable_firmware(payload.kind) || payload.kind == Kind::Rp2040) && filesystem) {
    problems.push_back(
        {UploadCheck::FilesystemCommand,
         Error(Errc::WrongKind, "this is firmware and would be written over the device's files")});
  }
}

void check_package(const Examined& examined, const UploadIntent& intent, Problems& problems) {
  if (intent.family == ChipFamily::Esp32) {
    problems.push_back({UploadCheck::GzipToEsp32,
                        Error(Errc::WrongKind, "an ESP32 does not unpack gzip packages")});
  }
  if (examined.package && examined.package->fault) {
    problems.push_back(
        {UploadCheck::BrokenPackage, Error(Errc::BrokenPackage, examined.package->fault->message)});
  }
  if (intent.filesystem && !intent.atomic_fs) {
    problems.push_back(
        {UploadCheck::GzipFilesystem,
         Error(Errc::WrongKind,
               "a sketch that was not built with ATOMIC_FS_UPDATE writes a filesystem package over "
               "its files without unpacking it")});
  }
  if (examined.file.signature && !intent.verifier_known) {
    problems.push_back(
        {UploadCheck::SignedPackage,
         Error(Errc::WrongKind,
               "a device that does not verify the signature of this package would erase its own "
               "loader")});
  }
}

void check_content(const ImageFacts& content, bool filesystem, Problems& problems) {
  const auto refuse = [&problems](const std::string& why) {
    problems.push_back(
        {UploadCheck::PackageContent, Error(Errc::WrongKind, "inside the package: " + why)});
  };
  const std::string why = unfit_kind(content);
  if (!why.empty() && !(filesystem && may_be_filesystem(content.kind))) {
    refuse(why);
  }
  if (content.kind == Kind::Gzip) {
    refuse("another package");
  }
  if (content.kind == Kind::Esp32App) {
    problems.push_back({UploadCheck::GzipToEsp32,
                        Error(Errc::WrongKind, "an ESP32 does not unpack gzip packages")});
  }
  check_damage(content, UploadCheck::PackageContent, problems);
}

void check_space(const Examined& examined, const UploadIntent& intent, Problems& problems) {
  const std::string reason = intent.fit ? intent.fit->reason : oversize(examined);
  if (!reason.empty()) {
    problems.push_back({UploadCheck::Space, Error(Errc::DoesNotFit, reason)});
  }
}

/// Keeps one problem for each check and message: a package for an ESP32 port is reported twice.
void drop_repeated_and_overridden(Problems& problems, const std::set<UploadCheck>& overridden) {
  Problems kept;
  for (UploadProblem& problem : problems) {
    const bool repeated =
        std::any_of(kept.begin(), kept.end(), [&problem](const UploadProblem& other) {
          return other.check == problem.check && other.error == problem.error;
        });
    if (!repeated && !overridden.contains(problem.check)) {
      kept.push_back(std::move(problem));
    }
  }
  problems = std::move(kept);
}

}  // namespace

std::string_view to_string(UploadCheck check) {
  for (const CheckName& entry : kNames) {
    if (entry.check == check) {
      return entry.name;
    }
  }
  return "";
}

std::optional<UploadCheck> upload_check_of_name(std::string_view name) {
  for (const CheckName& entry : kNames) {
    if (entry.name == name) {
      return entry.check;
    }
  }
  return std::nullopt;
}

std::span<const UploadCheck> upload_checks() {
  return kChecks;
}

ChipFamily family_of(const Examined& examined) {
  const Chip chip = examined.payload().chip;
  if (examined.file.kind == Kind::Gzip && chip == Chip::None) {
    return ChipFamily::Esp8266;
  }
  if (chip == Chip::None || chip == Chip::Rp2040) {
    return ChipFamily::Unknown;
  }
  return chip == Chip::Esp8266 ? ChipFamily::Esp8266 : ChipFamily::Esp32;
}

bool is_unknown_filesystem(const Examined& examined, bool filesystem) {
  return filesystem && may_be_filesystem(examined.payload().kind);
}

std::vector<UploadProblem> check_upload(const Examined& examined, const UploadIntent& intent) {
  Problems problems;
  if (examined.file.kind == Kind::Gzip) {
    check_package(examined, intent, problems);
  } else {
    check_kind(examined.file, intent.filesystem, problems);
    check_damage(examined.file, UploadCheck::Damaged, problems);
  }
  if (examined.content) {
    check_content(*examined.content, intent.filesystem, problems);
  }
  check_command(examined.payload(), intent.filesystem, problems);
  check_chip(examined, intent.family, problems);
  for (const Problem& problem : signature_damage(examined.file)) {
    problems.push_back({UploadCheck::Signature, Error(Errc::SignatureInvalid, problem.message)});
  }
  check_space(examined, intent, problems);
  drop_repeated_and_overridden(problems, intent.overridden);
  return problems;
}

}  // namespace otatool::image
