// Writes an image into flash as it arrives: an application into the staging area, a filesystem to
// its final place. Verifies each written page, size, kind and MD5, and if the port requires it
// signature and package; then writes a boot command. No network, no clock.
// Spec: signing-gzip-images.md 1.5, 2.1, 2.4.
#pragma once

#include "otatool/wire/boot_command.hpp"

#include "firmware/core/boot/flash_map.hpp"
#include "firmware/core/digest/md5.hpp"
#include "firmware/core/package/package_verifier.hpp"
#include "firmware/core/port.hpp"
#include "firmware/core/update_error.hpp"

namespace otatool::firmware {

/// The image that an invitation or a web form announces.
struct UpdateRequest {
  wire::Command command;
  uint32_t size;  ///< in bytes
  uint8_t md5[Md5::kDigestLength];
  bool without_md5 = false;  ///< a web form announces no MD5: the bytes are accepted unchecked
};

/// Further checks that a port requires; all of it must outlive the updater.
struct ImageChecks {
  SignatureVerifier* signature = nullptr;  ///< null: signatures are not checked
  Sha256* sha256 = nullptr;                ///< required with `signature`
  PackageVerifier* packages = nullptr;     ///< null: gzip packages are refused at their first byte
  uint32_t minimum_version = 0;            ///< see ImageRules; applications only
};

class Updater {
 public:
  /// `running_size`: bytes of the running application, which staging must not overwrite; see
  /// application_size().
  Updater(Flash& flash,
          const FlashMap& map,
          uint32_t running_size,
          const ImageChecks& checks = ImageChecks())
      : flash_(flash), map_(map), running_size_(running_size), checks_(checks) {}

  /// Cancels an update that is under way and starts a new one. Fails with Size or Space if the
  /// image does not fit, with SignatureMissing or SignatureKey if it is too short for the required
  /// signature. Withdraws a pending boot command, whose image may be overwritten. OnTrial if the
  /// running application has not confirmed: withdrawing would confirm it.
  UpdateError begin(const UpdateRequest& request);

  /// Writes the next bytes of the image. Fails with Size, writing nothing, if they exceed the
  /// announced size; with MagicByte at the first byte if the loader cannot start the image; with
  /// Erase, Write or Read if the flash fails. A failure ends the update.
  UpdateError write(const uint8_t* bytes, size_t length);

  /// Ends the update. Fails with Size if bytes are missing. Checks the MD5; then, in flash, the
  /// signature, the gzip package, which must unpack without overwriting itself, and ImageRules. For
  /// an application, writes the boot command: without the signature's trailer, and with a place for
  /// a backup if the map keeps one and there is room.
  UpdateError end();

  /// Cancels the update. The running application stays unchanged; a filesystem is lost with its
  /// first written page. If signatures are required, the written part of a filesystem is erased,
  /// because it was not verified.
  void cancel();

  bool active() const { return active_; }
  uint32_t size() const { return request_.size; }
  uint32_t received() const { return received_; }
  uint32_t remaining() const { return request_.size - received_; }
  wire::Command command() const { return request_.command; }
  /// The digests of the last end() that failed with Md5.
  const Md5Mismatch& mismatch() const { return mismatch_; }

 private:
  UpdateError choose_start(uint32_t staged_size);
  UpdateError reserve_signature();
  UpdateError append(const uint8_t* bytes, size_t length);
  UpdateError flush_page();
  UpdateError end_with(UpdateError error);
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
  uint32_t start_ = 0;         ///< offset of the image in flash
  uint32_t received_ = 0;      ///< in bytes
  uint32_t payload_size_ = 0;  ///< bytes before the required signature; all of them without one
  uint32_t crc_ = 0;           ///< of the payload
  uint32_t image_size_ = 0;    ///< of the unpacked payload
  bool packed_ = false;
  Md5 md5_;
  Md5Mismatch mismatch_{};
  alignas(4) uint8_t page_[kPageSize];
};

}  // namespace otatool::firmware
