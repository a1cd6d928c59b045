#include "firmware/arduino/heap_patches.hpp"

#include <new>
#include <string.h>

#include "firmware/core/digest/software_sha256.hpp"
#include "firmware/core/package/delta_applier.hpp"

namespace otatool::arduino {

struct HeapPatchApplier::Work {
  Work(firmware::Flash& flash, const firmware::FlashMap& map, uint32_t running_size)
      : applier(flash, map, running_size, sha256, inflater) {}

  uint8_t window[wire::kDeltaWindow];
  firmware::SoftwareSha256 sha256;
  firmware::Inflater inflater{window, wire::kDeltaWindow};
  firmware::DeltaApplier applier;
};

bool HeapPatchApplier::acquire() {
  if (work_ == nullptr) {
    work_ = new (std::nothrow) Work(flash_, map_, running_size_);
  }
  return work_ != nullptr;
}

void HeapPatchApplier::release() {
  delete work_;
  work_ = nullptr;
}

firmware::UpdateError HeapPatchApplier::begin(const uint8_t* head,
                                              uint32_t count,
                                              firmware::Installer& installer,
                                              uint32_t start,
                                              uint32_t size) {
  if (!acquire()) {
    return firmware::UpdateError::OutOfMemory;
  }
  const firmware::UpdateError error = work_->applier.begin(head, count, installer, start, size);
  if (error != firmware::UpdateError::None) {
    release();
  }
  return error;
}

firmware::UpdateError HeapPatchApplier::apply(uint32_t trailer, firmware::StagedImage& made) {
  const firmware::UpdateError error =
      work_ == nullptr ? firmware::UpdateError::PatchDamaged : work_->applier.apply(trailer, made);
  release();
  return error;
}

size_t HeapPatchApplier::identify(char* text) {
  // A patch that broke off may resume: its work stays.
  const bool idle = work_ == nullptr;
  if (answer_length_ == 0 && acquire()) {
    answer_length_ = work_->applier.identify(answer_);
  }
  if (idle) {
    release();
  }
  memcpy(text, answer_, answer_length_);
  return answer_length_;
}

}  // namespace otatool::arduino
