// The checks before the first datagram of an upload: what is refused, and why
// (signing-gzip-images.md 2.3, 2.4, 3.5).
// Pure judgement; each refusal names the one check that would have to be overridden.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "otatool/chip_family.hpp"
#include "otatool/error.hpp"
#include "otatool/image/layout.hpp"
#include "otatool/image/recognise.hpp"

namespace otatool::image {

enum class UploadCheck {
  EmptyFile,
  NotAnImage,   ///< ELF, Intel HEX, zip, text or, unless it is a filesystem, nothing known
  NotAnApp,     ///< a loader, bootloader, partition table or an image of another SDK
  MergedImage,  ///< a whole flash
  Damaged,      ///< truncated, or checksum, CRC or hash do not match
  WrongChip,
  FilesystemCommand,  ///< a filesystem sent as firmware, or firmware as a filesystem
  GzipToEsp32,
  GzipFilesystem,  ///< written as it is unless the sketch was built with ATOMIC_FS_UPDATE (2.5)
  BrokenPackage,
  PackageContent,
  SignedPackage,  ///< erases the loader of a device that does not verify (1.8)
  Signature,      ///< a signature that no device can accept
  Space,
};

/// The stable name of a check, as given to override it: lower-case words joined by hyphens.
[[nodiscard]] std::string_view to_string(UploadCheck check);
[[nodiscard]] std::optional<UploadCheck> upload_check_of_name(std::string_view name);
[[nodiscard]] std::span<const UploadCheck> upload_checks();

/// What kind of device will be at the other end, as far as the port or the user says.

struct UploadIntent {
  ChipFamily family = ChipFamily::Unknown;
  bool filesystem = false;      ///< sent with the filesystem command
  bool atomic_fs = false;       ///< the running sketch was built with ATOMIC_FS_UPDATE
  bool verifier_known = false;  ///< the device is known to verify signatures
  std::optional<Fit> fit;       ///< when layout and current sketch are known
  std::set<UploadCheck> overridden;
};

struct Refusal {
  UploadCheck check;
  Error error;
};

/// Everything that speaks against the upload, apart from checks that are overridden. Empty: go.
[[nodiscard]] std::vector<Refusal> check_upload(const Examined& examined,
                                                const UploadIntent& intent);

/// Whether the file is sent as a filesystem only because the user says that it is one: FAT of an
/// ESP32, SPIFFS without magic and erased flash look like nothing known here (espota.md 2.1).
[[nodiscard]] bool is_unknown_filesystem(const Examined& examined, bool filesystem);

/// The kind of device that the file is for, Unknown for filesystems and whatever cannot be told.
[[nodiscard]] ChipFamily family_of(const Examined& examined);

}  // namespace otatool::image
