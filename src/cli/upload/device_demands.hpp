// What devices say of themselves, applied to an upload: packing, the check of signed packages,
// room.
#pragma once

#include <span>
#include <vector>

#include "otatool/image/upload_check.hpp"

#include "app/devices/target_search.hpp"
#include "cli/upload/upload_image.hpp"

namespace otatool::cli {

/// How long this upload waits for the answers of devices.
[[nodiscard]] app::TargetSearch::Wait wait_for_answers(const app::ExaminedFile& file,
                                                       const UploadWishes& wishes,
                                                       std::span<const espota::Target> targets);

/// Packs if that was left to the devices and all of them unpack; a package is signed on the way
/// only for devices that all verify. Devices that all verify count as known verifiers.
void follow_devices(std::span<const app::KnownTarget> targets,
                    const app::ExaminedFile& file,
                    UploadWishes& wishes);

/// What the devices themselves would refuse at the end: an image without the signature that they
/// want or with another key's, or one that is larger than the room they have. Without the checks
/// that are overridden.
[[nodiscard]] std::vector<image::Refusal> refusals_of_devices(
    std::span<const app::KnownTarget> targets,
    const app::ExaminedFile& file,
    const UploadWishes& wishes);

}  // namespace otatool::cli
