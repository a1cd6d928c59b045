// Options for the image of an upload or push, and the output of its preparation and checks.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "otatool/image/upload_check.hpp"
#include "otatool/result.hpp"

#include "app/examined_file.hpp"
#include "app/release/release.hpp"
#include "cli/frame/command.hpp"
#include "cli/images/target_space.hpp"

namespace otatool::cli {

class Invocation;
class Messages;

inline constexpr Option kGzipOption = {
    .name = "gzip",
    .value = "auto|always|never",
    .help =
        "send an ESP8266 image as a gzip package; auto: if every device announces that it unpacks"};
inline constexpr Option kBaseOption = {
    .name = "base",
    .value = "FOLDER",
    .help = "images that devices may run: send the difference to the one that the device runs"};
inline constexpr Option kDeltaOption = {
    .name = "delta",
    .value = "auto|always|never",
    .help = "difference updates; auto: for each device that applies them, if its image is known"};
inline constexpr Option kSignOption = {
    .name = "sign", .value = "KEY", .help = "sign the image with KEY before sending"};
inline constexpr Option kAssumeVerifierOption = {
    .name = "assume-verifier",
    .help =
        "the device verifies signatures; without a verifier a signed package erases its loader"};
inline constexpr Option kAtomicFsOption = {
    .name = "atomic-fs",
    .help = "the running sketch unpacks filesystem packages (ATOMIC_FS_UPDATE)"};
inline constexpr Option kPartitionsOption = {
    .name = "partitions",
    .value = "FILE",
    .help = "partition table of the ESP32 (CSV or binary): refuse an image that does not fit"};
inline constexpr Option kForceOption = {.name = "force",
                                        .value = "CHECK",
                                        .help = "send the image although this check refuses it",
                                        .repeatable = true};

/// The values of the options above and of `fs`. Usage for an unknown check.
[[nodiscard]] Result<app::ReleaseOptions> release_options(Invocation& invocation);

/// Usage if the image, the first argument, does not exist and a later argument is a file.
[[nodiscard]] Result<void> check_argument_order(const Invocation& invocation);

inline constexpr Option kNoSignedOption = {.name = "no-signed",
                                           .help = "upload IMAGE even if IMAGE.signed exists"};

/// The path of the file to send: the signed file beside the image, IMAGE.signed, if there is one
/// that is not of an older build, unless `--sign` or `--no-signed` is set. Prints a note or a
/// warning about the signed file.
[[nodiscard]] std::string path_to_send(const Invocation& invocation);

/// An image, ready to be sent.
struct UploadImage {
  app::ExaminedFile file;
  /// The image that a difference update makes: not packed, and signed if `file` is. Nothing for a
  /// filesystem, and for a package that was signed before.
  std::optional<app::ExaminedFile> whole;
};

/// Packs and signs `file` as requested and prints a note about it. `with_whole`: also makes
/// UploadImage::whole. Errors of load_private_key and app::prepare_release.
[[nodiscard]] Result<UploadImage> prepare_upload_image(Invocation& invocation,
                                                       app::ExaminedFile file,
                                                       const app::ReleaseOptions& options,
                                                       bool with_whole);

/// How upload sends difference updates.
struct DeltaChoice {
  std::string folder;   ///< of --base; empty: none are sent
  bool always = false;  ///< never sends the image itself
};

/// Reads --base and --delta. Usage for `always` without a folder; FileUnreadable if there is no
/// such folder.
[[nodiscard]] Result<DeltaChoice> delta_choice(Invocation& invocation);

/// A warning about a file that passes all checks; empty if there is none.
[[nodiscard]] std::string image_warning(const std::string& path,
                                        const app::ExaminedFile& file,
                                        bool filesystem);

/// Prints why nothing is sent, with a hint, and returns the exit code.
[[nodiscard]] int report_problems(Messages& messages,
                                  const std::string& path,
                                  std::span<const image::UploadProblem> problems);

}  // namespace otatool::cli
