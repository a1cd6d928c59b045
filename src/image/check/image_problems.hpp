// The checks of an image that problems.hpp and upload_check.hpp share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "otatool/image/problems.hpp"

namespace otatool::image {

/// `value` as that many lower-case hex digits.
[[nodiscard]] std::string hex(std::uint32_t value, unsigned digits);

/// The defects of the image itself, for every device; all of level Error.
[[nodiscard]] std::vector<Problem> damage(const ImageFacts& facts);

/// Why a file of this kind cannot start from an update slot; empty for uploadable firmware, for
/// filesystems and for packages.
[[nodiscard]] std::string unfit_kind(const ImageFacts& facts);

/// The problem of firmware that fits no flash layout, such as a copy of a whole flash; empty
/// without it.
[[nodiscard]] std::string oversize(const Examined& examined);

/// The defects of the signature's structure, for every device; all of level Error.
[[nodiscard]] std::vector<Problem> signature_damage(const ImageFacts& facts);

/// All other problems of a file's signature.
[[nodiscard]] std::vector<Problem> signature_problems(const Examined& examined);

}  // namespace otatool::image
