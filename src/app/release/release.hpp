// A release: an image that is packed and signed as requested, ready to be sent. First packed, then
// signed (signing-gzip-images.md 1.7). No files, no options, no output.
#pragma once

#include <cstddef>
#include <optional>
#include <set>

#include "otatool/image/upload_check.hpp"
#include "otatool/result.hpp"
#include "otatool/signing/signed_image.hpp"

#include "app/examined_file.hpp"
#include "app/release/target_space.hpp"

namespace otatool::app {

enum class Packing { Never, IfAccepted, Always };

/// How to prepare an image, and what the user says about the devices.
struct ReleaseOptions {
  Packing packing = Packing::Never;  ///< IfAccepted: if every device announces that it unpacks
  bool sign = false;
  bool filesystem = false;      ///< sent with the filesystem command
  bool verifier_known = false;  ///< the devices verify signatures
  bool atomic_fs = false;       ///< the running sketch unpacks filesystem packages
  TargetSpace space = {};
  std::set<image::UploadCheck> overridden = {};
};

struct Release {
  ExaminedFile file;
  std::optional<std::size_t> packed_from = {};  ///< bytes before packing
  std::size_t packed_size = 0;                  ///< bytes after packing and before signing
  std::optional<SignatureForm> signed_form = {};
};

/// Whether packing the file is possible: an unsigned image of an ESP8266.
[[nodiscard]] bool is_packable(const ExaminedFile& file, bool filesystem);

/// Packs if `options.packing` is Always, and signs with `signer` unless it is null; uploads are
/// checked later, so no check of the image applies here. Errors of packing and of prepare_signing
/// and signed_bytes, naming the file.
[[nodiscard]] Result<Release> prepare_release(ExaminedFile file,
                                              const ReleaseOptions& options,
                                              const signing::Signer* signer);

}  // namespace otatool::app
