// Untrusted patches on the device: it writes only the area of the new image, and it agrees with the
// host about every patch.
#include <algorithm>
#include <cstring>

#include "firmware/core/image_kind.hpp"
#include "firmware/core/package/delta_applier.hpp"
#include "tests/fuzz/delta_input.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using namespace otatool::firmware;
using fuzz::require;

constexpr std::uint32_t kFlashSize = 64 * kSectorSize;
constexpr std::uint32_t kPatchStart = 32 * kSectorSize;
constexpr std::uint32_t kNewStart = 31 * kSectorSize;

class WatchedFlash final : public Flash {
 public:
  std::uint32_t size() const override { return kFlashSize; }
  bool erase_sector(std::uint32_t offset) override {
    require(offset == kNewStart, "only the area of the new image is erased");
    std::fill_n(cells.begin() + offset, kSectorSize, std::uint8_t{0xFF});
    return true;
  }
  bool write(std::uint32_t offset, const void* bytes, std::uint32_t length) override {
    require(offset >= kNewStart && offset + length <= kPatchStart, "writing stays in its area");
    std::memcpy(cells.data() + offset, bytes, length);
    return true;
  }
  bool read(std::uint32_t offset, void* bytes, std::uint32_t length) override {
    require(offset <= kFlashSize && length <= kFlashSize - offset, "reading stays in the flash");
    std::memcpy(bytes, cells.data() + offset, length);
    return true;
  }

  std::vector<std::uint8_t> cells = std::vector<std::uint8_t>(kFlashSize, 7);
};

class ZeroHash final : public Sha256 {
 public:
  void begin() override {}
  void update(const void* /*bytes*/, size_t /*length*/) override {}
  void finish(uint8_t* digest) override { std::fill_n(digest, kDigestLength, std::uint8_t{0}); }
  void save(uint8_t* /*state*/) const override {}
  void resume(const uint8_t* /*state*/) override {}
};

class FixedPlace final : public Installer {
 public:
  UpdateError place(uint32_t /*size*/, uint32_t& start) override {
    start = kNewStart;
    return UpdateError::None;
  }
  uint32_t unpacked_limit(uint32_t /*start*/) const override { return 0; }
  UpdateError withdraw() override { return UpdateError::None; }
  UpdateError install(const StagedImage& /*image*/) override { return UpdateError::None; }
  UpdateError guard_filesystem(uint32_t /*start*/, uint32_t /*size*/) override {
    return UpdateError::None;
  }
  bool release_filesystem() override { return true; }
  bool read_trial(TrialState& /*state*/) override { return true; }
  bool confirm() override { return true; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 0xFFFF) {
    return 0;
  }
  const fuzz::DeltaInput input = fuzz::delta_input({data, size});
  const std::vector<std::uint8_t> old_image(fuzz::kDeltaOldSize, 7);
  const auto expected = delta::apply(old_image, input.patch, fuzz::kZeroDigests);

  WatchedFlash flash;
  std::ranges::copy(input.patch, flash.cells.begin() + kPatchStart);
  const FlashMap map{0, kFlashSize, 0, kFlashSize, 0, 0, 0};
  std::vector<std::uint8_t> window(wire::kDeltaWindow);
  Inflater inflater(window.data(), wire::kDeltaWindow);
  ZeroHash hash;
  FixedPlace installer;
  DeltaApplier applier(flash, map, fuzz::kDeltaOldSize, hash, inflater);
  const auto patch_size = static_cast<std::uint32_t>(input.patch.size());
  require(applier.begin(input.patch.data(), patch_size, installer, kPatchStart, patch_size) ==
              UpdateError::None,
          "the header is right");
  StagedImage made{};
  const UpdateError error = applier.apply(0, made);

  // The device does not check the sum of the member's own header.
  constexpr std::size_t kFlags = wire::kDeltaHeaderSize + 3;
  const bool has_header_sum = input.patch.size() > kFlags && (input.patch[kFlags] & 2U) != 0;
  if (expected) {
    const bool application = expected->front() == kApplicationMagic;
    require(error == (application ? UpdateError::None : UpdateError::MagicByte),
            "what the host accepts, the device accepts");
    require(!application ||
                std::ranges::equal(*expected, std::span(flash.cells).subspan(kNewStart, made.size)),
            "both make the same image");
  } else {
    require(error != UpdateError::None || has_header_sum,
            "what the host refuses, the device refuses");
  }
  return 0;
}
