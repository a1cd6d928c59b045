// Writes an image into flash as it arrives: staged below the filesystem for the loader, or straight
// into the filesystem. Verifies size, kind, MD5 and every page that was written; then leaves a boot
// command. No network, no clock. Spec: signing-gzip-images.md 2.1, 2.4.
#pragma once

#include "otatool/wire/boot_command.hpp"

#include "flash_map.hpp"
#include "md5.hpp"
#include "port.hpp"
#include "update_error.hpp"

namespace otatool::firmware {

/// What an invitation announces.
struct UpdateRequest {
  wire::Command command;
  uint32_t size;  ///< bytes that will come
  uint8_t md5[Md5::kDigestLength];
};

class Updater {
 public:
  /// `running_size`: bytes of the application that runs now and must not be overwritten by staging;
  /// see application_size().
  Updater(Flash& flash, const FlashMap& map, uint32_t running_size)
      : flash_(flash), map_(map), running_size_(running_size) {}

  /// Checks that the image fits (Size, Space) and withdraws a boot command that is still pending,
  /// since its image may be overwritten. Any update under way is forgotten.
  UpdateError begin(const UpdateRequest& request);

  /// Takes the next bytes of the image. Fails with Size for more than was announced, of which
  /// nothing is written; MagicByte at the first byte of something that the loader cannot start;
  /// Erase, Write or Read when the flash fails. After a failure the update is over.
  UpdateError write(const uint8_t* bytes, size_t length);

  /// All bytes are there: checks the MD5 and, for an application, writes the boot command. Size
  /// when bytes are missing. The update is over in any case.
  UpdateError end();

  /// Gives up; what runs stays as it is. A filesystem is destroyed by its first written page.
  void cancel() { active_ = false; }

  bool active() const { return active_; }
  uint32_t size() const { return request_.size; }
  uint32_t received() const { return received_; }
  uint32_t remaining() const { return request_.size - received_; }
  wire::Command command() const { return request_.command; }
  /// Of the last end() that failed with Md5.
  const Md5Mismatch& mismatch() const { return mismatch_; }

 private:
  UpdateError place(uint32_t staged_size);
  UpdateError append(const uint8_t* bytes, size_t length);
  UpdateError flush_page();
  UpdateError withdraw_command();
  UpdateError write_command();
  UpdateError write_verified(uint32_t offset, const uint8_t* bytes, uint32_t length);

  static constexpr uint32_t kPageSize = 256;

  Flash& flash_;
  FlashMap map_;
  uint32_t running_size_;
  bool active_ = false;
  UpdateRequest request_{};
  uint32_t start_ = 0;     ///< where the image goes
  uint32_t received_ = 0;  ///< bytes taken
  uint32_t crc_ = 0;
  Md5 md5_;
  Md5Mismatch mismatch_{};
  alignas(4) uint8_t page_[kPageSize];
};

}  // namespace otatool::firmware
