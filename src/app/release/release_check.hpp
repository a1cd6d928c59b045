// The checks of a release before it is sent: what is wrong with the image for these devices, for
// the space that the user describes and for what the devices announce. Sends and prints nothing.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "otatool/espota/upload.hpp"
#include "otatool/image/upload_check.hpp"
#include "otatool/wire/ota_txt.hpp"

#include "app/devices/known_targets.hpp"
#include "app/examined_file.hpp"
#include "app/release/release.hpp"

namespace otatool::app {

/// A device that a release is for.
struct ReleaseTarget {
  std::string name;                          ///< for messages
  ChipFamily family = ChipFamily::Unknown;   ///< from the chip or the port
  std::optional<wire::OtaTxt> announced;     ///< its TXT record, if it was found by mDNS
  std::optional<image::Layout> layout = {};  ///< its own; otherwise that of ReleaseOptions counts
};

/// The options for a device with its own flash layout, if it has one.
[[nodiscard]] ReleaseOptions with_layout(ReleaseOptions options,
                                         const std::optional<image::Layout>& layout);

/// The chip family that the target's chip or default port says.
[[nodiscard]] ChipFamily family_of(const espota::Target& target);

/// The targets of an upload with what their devices announce. Texts point into `known`.
[[nodiscard]] std::vector<ReleaseTarget> release_targets(std::span<const KnownTarget> known);

/// Removes the devices of another chip family than `family`, except the first `named` targets,
/// which the user named, and returns their names. Removes nothing if nothing would remain.
std::vector<std::string> remove_other_families(std::vector<KnownTarget>& known,
                                               std::size_t named,
                                               ChipFamily family);

/// Gives a target whose chip and port are unknown the chip that the image is for, so that no port
/// of another chip is invited. The port of a web form does not identify the chip.
void choose_chip(const ExaminedFile& file, KnownTarget& known);

/// Applies what the devices announce: a release is packed if that was left to the devices and all
/// of them unpack, but a package is signed only for devices that all verify. Devices that all
/// verify count as known verifiers.
void apply_announcements(std::span<const ReleaseTarget> targets,
                         const ExaminedFile& file,
                         ReleaseOptions& options);

/// Whether the upload is refused unless the devices announce that they verify: a signed package.
[[nodiscard]] bool needs_announced_verifier(const ExaminedFile& file,
                                            const ReleaseOptions& options);

/// The problems of sending the file to a device of this family, without overridden checks. Empty:
/// it can be sent.
[[nodiscard]] std::vector<image::UploadProblem> problems_of(const ExaminedFile& file,
                                                            const ReleaseOptions& options,
                                                            ChipFamily family);

/// The same for all targets: the problems of the first family and layout that has some, then what
/// the devices themselves would refuse after the transfer: a missing signature, another key, too
/// little space.
[[nodiscard]] std::vector<image::UploadProblem> problems_of(const ExaminedFile& file,
                                                            const ReleaseOptions& options,
                                                            std::span<const ReleaseTarget> targets);

/// A problem with the staging area of an ESP8266's web form, which begins one sector above the
/// running sketch (signing-gzip-images.md 2.4). Nothing for filesystems, other chips, or if the
/// check is overridden.
[[nodiscard]] std::optional<image::UploadProblem> form_space_problem(const ExaminedFile& file,
                                                                     const ReleaseOptions& options);

/// Whether form_space_problem cannot check this package because the running sketch is unknown.
[[nodiscard]] bool form_space_is_unknown(const ExaminedFile& file, const ReleaseOptions& options);

}  // namespace otatool::app
