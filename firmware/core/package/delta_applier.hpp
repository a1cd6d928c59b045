// The PatchApplier for the format of delta.md. Needs about 700 bytes besides the Inflater, whose
// window must have at least wire::kDeltaWindow bytes.
#pragma once

#include "otatool/wire/delta_patch.hpp"

#include "firmware/core/boot/flash_map.hpp"
#include "firmware/core/package/inflate.hpp"
#include "firmware/core/package/patch_applier.hpp"

namespace otatool::firmware {

class DeltaApplier final : public PatchApplier, private InflateSink {
 public:
  /// `running_size`: bytes of the running application, which stays as it is while this object
  /// lives. All references must outlive it.
  DeltaApplier(
      Flash& flash, const FlashMap& map, uint32_t running_size, Sha256& sha256, Inflater& inflater)
      : flash_(flash),
        map_(map),
        sha256_(sha256),
        inflater_(inflater),
        running_size_(running_size) {}

  UpdateError begin(const uint8_t* head,
                    uint32_t count,
                    Installer& installer,
                    uint32_t start,
                    uint32_t size) override;
  UpdateError apply(uint32_t trailer, StagedImage& made) override;
  size_t identify(char* text) override;

 private:
  static constexpr uint32_t kPage = 256;
  static constexpr uint32_t kNoPage = 0xFFFFFFFF;

  bool write(const uint8_t* bytes, size_t count) override;
  UpdateError make(uint8_t byte);
  UpdateError read_old(uint32_t at, uint8_t& byte);
  UpdateError flush();
  UpdateError place(Installer& installer);
  UpdateError finish();
  bool hash_running(uint32_t size);

  Flash& flash_;
  const FlashMap& map_;
  Sha256& sha256_;
  Inflater& inflater_;
  uint32_t running_size_;
  uint32_t hashed_size_ = 0;  ///< what running_hash_ covers; 0: nothing
  uint8_t running_hash_[Sha256::kDigestLength];
  wire::DeltaHeader header_{};
  wire::DeltaScanner scanner_{0, 0};
  UpdateError error_ = UpdateError::None;
  uint32_t patch_start_ = 0;
  uint32_t patch_size_ = 0;
  uint32_t start_ = 0;         ///< of the new image
  uint32_t made_ = 0;          ///< bytes of it
  uint32_t erased_ = 0;        ///< bytes from start_ on that are ready for the image
  uint32_t payload_size_ = 0;  ///< bytes of it before its signature
  uint32_t crc_ = 0;           ///< of the payload
  uint32_t old_page_at_ = kNoPage;
  alignas(4) uint8_t old_page_[kPage];
  alignas(4) uint8_t page_[kPage];
};

}  // namespace otatool::firmware
