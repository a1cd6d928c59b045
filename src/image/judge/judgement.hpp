// Judgements that findings and upload checks share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "otatool/image/findings.hpp"

namespace otatool::image {

/// `value` as that many lower-case hex digits.
[[nodiscard]] std::string hex(std::uint32_t value, unsigned digits);

/// What is broken in the image itself, whatever device it is for; all of level Error.
[[nodiscard]] std::vector<Finding> damage(const ImageFacts& facts);

/// Why a file of this kind cannot be started from an update slot; empty for firmware that can, for
/// filesystems and for packages.
[[nodiscard]] std::string unfit_kind(const ImageFacts& facts);

/// What is wrong with the signature's structure for every device; all of level Error.
[[nodiscard]] std::vector<Finding> signature_damage(const ImageFacts& facts);

/// All other findings about the signature of a file.
[[nodiscard]] std::vector<Finding> signature_findings(const Examined& examined);

}  // namespace otatool::image
