// Options for the image of an upload or push, and the output of its preparation and checks.
#pragma once

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
/// that is not older, unless `--sign` or `--no-signed` is set. Prints a note about the signed file.
[[nodiscard]] std::string path_to_send(const Invocation& invocation);

/// Packs and signs `file` as requested and prints a note about it. Errors of load_private_key and
/// app::prepare_release.
[[nodiscard]] Result<app::ExaminedFile> prepare_upload_image(Invocation& invocation,
                                                             app::ExaminedFile file,
                                                             const app::ReleaseOptions& options);

/// A warning about a file that passes all checks; empty if there is none.
[[nodiscard]] std::string image_warning(const std::string& path,
                                        const app::ExaminedFile& file,
                                        bool filesystem);

/// Prints why nothing is sent, with a hint, and returns the exit code.
[[nodiscard]] int report_problems(Messages& messages,
                                  const std::string& path,
                                  std::span<const image::UploadProblem> problems);

}  // namespace otatool::cli
