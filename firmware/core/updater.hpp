// Writes an image into flash as it arrives: staged below the filesystem for the loader, or straight
// into the filesystem. Verifies every page that was written, size, kind and MD5, and where the port
// wants it signature and package; then leaves a boot command. No network, no clock.
// Spec: signing-gzip-images.md 1.5, 2.1, 2.4.
#pragma once

#include "otatool/wire/boot_command.hpp"

#include "flash_map.hpp"
#include "md5.hpp"
#include "package_verifier.hpp"
#include "port.hpp"
#include "update_error.hpp"

namespace otatool::firmware {

/// What an invitation announces, or what is known of an image that comes another way.
struct UpdateRequest {
  wire::Command command;
  uint32_t size;  ///< bytes that will come
  uint8_t md5[Md5::kDigestLength];
  bool without_md5 = false;  ///< a web form says none; what arrives is then taken for right
};

/// What a port demands and allows beyond a right MD5; all of it outlives the updater.
struct ImageChecks {
  SignatureVerifier* signature = nullptr;  ///< null: signatures are neither wanted nor looked at
  Sha256* sha256 = nullptr;                ///< needed with `signature`
  PackageVerifier* packages = nullptr;     ///< null: gzip packages are refused at their first byte
  uint32_t minimum_version = 0;            ///< see ImageRules; of applications alone
};

class Updater {
 public:
  /// `running_size`: bytes of the application that runs now and must not be overwritten by staging;
  /// see application_size().
  Updater(Flash& flash,
          const FlashMap& map,
          uint32_t running_size,
          const ImageChecks& checks = ImageChecks())
      : flash_(flash), map_(map), running_size_(running_size), checks_(checks) {}

  /// Checks that the image fits (Size, Space), that it is long enough for the signature that is
  /// wanted (SignatureMissing, SignatureKey), and withdraws a boot command that is still pending,
  /// since its image may be overwritten; OnTrial if that would confirm an application that has not
  /// done so itself. Any update under way is cancelled.
  UpdateError begin(const UpdateRequest& request);

  /// Takes the next bytes of the image. Fails with Size for more than was announced, of which
  /// nothing is written; MagicByte at the first byte of something that the loader cannot start;
  /// Erase, Write or Read when the flash fails. After a failure the update is over.
  UpdateError write(const uint8_t* bytes, size_t length);

  /// All bytes are there: checks the MD5, then in flash the signature and a gzip package, which
  /// must unpack without reaching itself, and the rules of ImageRules; for an application, writes
  /// the boot command, which leaves the trailer of a signature out, and names a place for a backup
  /// where the map wants one and there is room. Size when bytes are missing. The update is over in
  /// any case.
  UpdateError end();

  /// Gives up; what runs stays as it is. A filesystem is destroyed by its first written page. Where
  /// signatures are wanted, what was written of it is erased: it has not been verified.
  void cancel();

  bool active() const { return active_; }
  uint32_t size() const { return request_.size; }
  uint32_t received() const { return received_; }
  uint32_t remaining() const { return request_.size - received_; }
  wire::Command command() const { return request_.command; }
  /// Of the last end() that failed with Md5.
  const Md5Mismatch& mismatch() const { return mismatch_; }

 private:
  UpdateError place(uint32_t staged_size);
  UpdateError place_signature();
  UpdateError append(const uint8_t* bytes, size_t length);
  UpdateError flush_page();
  UpdateError over(UpdateError error);
  UpdateError check_received();
  UpdateError check_signature();
  UpdateError check_image();
  bool hash_payload(uint8_t* digest);
  bool read_back(uint32_t offset, uint8_t* bytes, uint32_t length);
  UpdateError withdraw_command();
  UpdateError write_command();
  void choose_backup(wire::BootCommand& command) const;
  UpdateError write_verified(uint32_t offset, const uint8_t* bytes, uint32_t length);

  static constexpr uint32_t kPageSize = 256;

  Flash& flash_;
  FlashMap map_;
  uint32_t running_size_;
  ImageChecks checks_;
  bool active_ = false;
  UpdateRequest request_{};
  uint32_t start_ = 0;         ///< where the image goes
  uint32_t received_ = 0;      ///< bytes taken
  uint32_t payload_size_ = 0;  ///< bytes in front of the signature, if one is wanted
  uint32_t crc_ = 0;           ///< of the payload
  uint32_t image_size_ = 0;    ///< of the payload when it is unpacked
  bool packed_ = false;
  Md5 md5_;
  Md5Mismatch mismatch_{};
  alignas(4) uint8_t page_[kPageSize];
};

}  // namespace otatool::firmware
