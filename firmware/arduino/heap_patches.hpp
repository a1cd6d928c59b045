// Applies difference updates with memory from the heap: 6 KiB, from the first page of a patch to
// its end. If the transfer breaks off, until the next patch begins.
#pragma once

#include "otatool/wire/delta_patch.hpp"

#include "firmware/core/boot/flash_map.hpp"
#include "firmware/core/package/patch_applier.hpp"

namespace otatool::arduino {

class HeapPatchApplier final : public firmware::PatchApplier {
 public:
  /// `running_size`: bytes of the running application. `flash` and `map` must outlive this object.
  HeapPatchApplier(firmware::Flash& flash, const firmware::FlashMap& map, uint32_t running_size)
      : flash_(flash), map_(map), running_size_(running_size) {}
  HeapPatchApplier(const HeapPatchApplier&) = delete;
  HeapPatchApplier& operator=(const HeapPatchApplier&) = delete;
  ~HeapPatchApplier() { release(); }

  /// OutOfMemory if the heap has too little.
  firmware::UpdateError begin(const uint8_t* head,
                              uint32_t count,
                              firmware::Installer& installer,
                              uint32_t start,
                              uint32_t size) override;
  firmware::UpdateError apply(uint32_t trailer, firmware::StagedImage& made) override;
  /// Reads the application only once.
  size_t identify(char* text) override;

 private:
  struct Work;

  bool acquire();
  void release();

  firmware::Flash& flash_;
  const firmware::FlashMap& map_;
  uint32_t running_size_;
  Work* work_ = nullptr;
  size_t answer_length_ = 0;
  char answer_[wire::kMaxDeltaAnswer];
};

}  // namespace otatool::arduino
