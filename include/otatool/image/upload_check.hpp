// The checks before the first datagram of an upload (signing-gzip-images.md 2.3, 2.4, 3.5).
// Computed from facts alone; each problem names the check that overrides it.
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
  NotAnImage,   ///< ELF, Intel HEX, zip, text or, unless it is a filesystem, an unknown file
  NotAnApp,     ///< a loader, bootloader, partition table or an image of another SDK
  MergedImage,  ///< a whole flash
  Damaged,      ///< truncated, or checksum, CRC or hash do not match
  WrongChip,
  FilesystemCommand,  ///< a filesystem sent as firmware, or firmware as a filesystem
  GzipToEsp32,
  GzipFilesystem,  ///< written without unpacking unless the sketch was built with ATOMIC_FS_UPDATE
                   ///< (2.5)
  BrokenPackage,
  PackageContent,
  SignedPackage,  ///< erases the loader of a device that does not verify (1.8)
  Signature,      ///< a signature that no device can accept
  Space,
  ReleaseName,  ///< another build of the firmware than the one that the device runs
};

/// The stable name of a check, as given to override it: lower-case words joined by hyphens.
[[nodiscard]] std::string_view to_string(UploadCheck check);
[[nodiscard]] std::optional<UploadCheck> upload_check_of_name(std::string_view name);
[[nodiscard]] std::span<const UploadCheck> upload_checks();

/// The chip family of the device, as far as the port or the user says.

struct UploadIntent {
  ChipFamily family = ChipFamily::Unknown;
  bool filesystem = false;      ///< sent with the filesystem command
  bool atomic_fs = false;       ///< the running sketch was built with ATOMIC_FS_UPDATE
  bool verifier_known = false;  ///< the device is known to verify signatures
  std::optional<Fit> fit;       ///< when layout and current sketch are known
  std::set<UploadCheck> overridden;
};

struct UploadProblem {
  UploadCheck check;
  Error error;
};

/// All problems of the upload, without overridden checks. Empty: it can be sent.
[[nodiscard]] std::vector<UploadProblem> check_upload(const Examined& examined,
                                                      const UploadIntent& intent);

/// Whether only the user says that the file is a filesystem: FAT of an ESP32, SPIFFS without magic
/// and erased flash are not recognised (espota.md 2.1).
[[nodiscard]] bool is_unknown_filesystem(const Examined& examined, bool filesystem);

/// The chip family that the file is for; Unknown for filesystems, the RP2040 and unrecognised
/// files.
[[nodiscard]] ChipFamily family_of(const Examined& examined);

}  // namespace otatool::image
