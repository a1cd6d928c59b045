// The image of an upload: read, packed and signed as asked for, and judged before the first
// datagram.
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
    .help = "send an ESP8266 image as a gzip package; auto: if the device says that it takes them"};
inline constexpr Option kSignOption = {
    .name = "sign", .value = "KEY", .help = "sign the image with KEY on the way"};
inline constexpr Option kAssumeVerifierOption = {
    .name = "assume-verifier",
    .help = "the device verifies signatures: without that a signed package erases its loader"};
inline constexpr Option kAtomicFsOption = {
    .name = "atomic-fs", .help = "the sketch unpacks filesystem packages (ATOMIC_FS_UPDATE)"};
inline constexpr Option kForceOption = {.name = "force",
                                        .value = "CHECK",
                                        .help = "send the image although this one check refuses it",
                                        .repeatable = true};

/// The values of the options above and of `fs`; an option that the command does not have counts as
/// not given. Usage for a check that does not exist.
[[nodiscard]] Result<app::ReleaseOptions> release_options(const Invocation& invocation);

/// Packs and signs `file` as the options say and prints that. `sign` names the key. Errors of
/// load_private_key and app::prepare_release.
[[nodiscard]] Result<app::ExaminedFile> prepare_upload_image(Invocation& invocation,
                                                             app::ExaminedFile file,
                                                             const app::ReleaseOptions& options);

/// What the user should know of a file that is sent all the same, naming it; empty: nothing.
[[nodiscard]] std::string image_warning(const std::string& path,
                                        const app::ExaminedFile& file,
                                        bool filesystem);

/// Says why nothing was sent, with the check that would have to be overridden as hint, and returns
/// the exit code.
[[nodiscard]] int report_problems(Messages& messages,
                                  const std::string& path,
                                  std::span<const image::UploadProblem> problems);

}  // namespace otatool::cli
