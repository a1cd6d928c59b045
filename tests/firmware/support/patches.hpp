// Patches for the receiver, made by the host's code.
#pragma once

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "otatool/delta/patch.hpp"
#include "otatool/espota/digest.hpp"

namespace otatool::firmware::testing {

inline std::vector<std::uint8_t> patch_from(const std::vector<std::uint8_t>& old_image,
                                            const std::vector<std::uint8_t>& new_image) {
  auto patch = delta::make(old_image, new_image, {espota::sha256_hex, espota::md5_hex});
  EXPECT_TRUE(patch);
  return patch ? *patch : std::vector<std::uint8_t>();
}

}  // namespace otatool::firmware::testing
