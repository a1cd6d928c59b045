// The image of an upload: read, packed and signed as asked for, and judged before the first
// datagram.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "otatool/espota/upload.hpp"
#include "otatool/image/upload_check.hpp"
#include "otatool/result.hpp"

#include "app/examined_file.hpp"
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

/// What is to be done with an image before it is sent, and what is known of the device.
struct UploadWishes {
  bool filesystem = false;
  bool pack = false;
  bool pack_if_taken = false;  ///< pack what can be packed, if every device says that it unpacks
  std::optional<std::string> key;  ///< path of the key to sign with
  bool assume_verifier = false;
  bool atomic_fs = false;
  TargetSpace space;
  std::set<image::UploadCheck> overridden;
};

/// What the options above and `fs` say; those that a command does not have count as not given.
/// Usage for a check that does not exist.
[[nodiscard]] Result<UploadWishes> upload_wishes(const Invocation& invocation);

/// Whether the file could be packed on the way.
[[nodiscard]] bool is_packable(const app::ExaminedFile& file, const UploadWishes& wishes);

/// Packs and signs: as prepare_upload_image does with a file that was read before.
[[nodiscard]] Result<app::ExaminedFile> prepare_read_image(Invocation& invocation,
                                                           const std::string& path,
                                                           app::ExaminedFile file,
                                                           const UploadWishes& wishes);

/// Reads, packs and signs: first packed, then signed (signing-gzip-images.md 1.7). The errors of
/// reading, packing and signing, naming the file.
[[nodiscard]] Result<app::ExaminedFile> prepare_upload_image(Invocation& invocation,
                                                             const std::string& path,
                                                             const UploadWishes& wishes);

/// What speaks against sending the file to devices of one of these kinds. Empty: go.
[[nodiscard]] std::vector<image::Refusal> refusals_of(const app::ExaminedFile& file,
                                                      const UploadWishes& wishes,
                                                      const std::set<image::Lineage>& lineages);
/// The same for the kinds that the chips and ports of the targets tell.
[[nodiscard]] std::vector<image::Refusal> refusals_of(const app::ExaminedFile& file,
                                                      const UploadWishes& wishes,
                                                      std::span<const espota::Target> targets);

/// What the user should know of a file that is sent all the same, naming it; empty: nothing.
[[nodiscard]] std::string image_warning(const std::string& path,
                                        const app::ExaminedFile& file,
                                        bool filesystem);

/// Says why nothing was sent, with the check that would have to be overridden as hint, and returns
/// the exit code.
[[nodiscard]] int report_refusals(Messages& messages,
                                  const std::string& path,
                                  std::span<const image::Refusal> refusals);

/// Gives the targets whose chip is not known the one that the image is for, so that no other
/// default port is invited.
void choose_chips(const app::ExaminedFile& file, std::span<espota::Target> targets);

}  // namespace otatool::cli
