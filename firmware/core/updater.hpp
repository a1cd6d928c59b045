// Writes an image into flash as it arrives: an application into the staging area, a filesystem to
// its final place. Verifies each written page, size, kind and MD5, and if the port requires it
// signature and package; then passes it to the Installer. No network, no clock.
// Spec: signing-gzip-images.md 1.5, 2.1, 2.4.
#pragma once

#include "otatool/wire/espota.hpp"

#include "firmware/core/boot/flash_map.hpp"
#include "firmware/core/digest/md5.hpp"
#include "firmware/core/package/package_verifier.hpp"
#include "firmware/core/package/patch_applier.hpp"
#include "firmware/core/port.hpp"
#include "firmware/core/update_error.hpp"

namespace otatool::firmware {

/// The image that an invitation or a web form announces.
struct UpdateRequest {
  wire::Command command;
  uint32_t size;  ///< in bytes
  uint8_t md5[Md5::kDigestLength];
  bool without_md5 = false;  ///< a web form announces no MD5: the bytes are accepted unchecked
  bool may_resume = false;   ///< the sender can leave out what received() says after begin()
};

/// Further checks that a port requires; all of it must outlive the updater.
struct ImageChecks {
  SignatureVerifier* signature = nullptr;  ///< null: signatures are not checked
  Sha256* sha256 = nullptr;                ///< required with `signature`
  PackageVerifier* packages = nullptr;     ///< null: gzip packages are refused at their first byte
  /// See IncomingRules. Signed filesystems that state a version must have it, too.
  uint32_t minimum_version = 0;
  PatchApplier* patches = nullptr;  ///< null: difference updates are refused at their first byte
};

class Updater {
 public:
  /// `flash` and `installer` must outlive the updater.
  Updater(Flash& flash,
          const FlashMap& map,
          Installer& installer,
          const ImageChecks& checks = ImageChecks())
      : flash_(flash), map_(map), installer_(installer), checks_(checks) {}

  /// Cancels an update that is under way and starts a new one. Fails with Size or Space if the
  /// image does not fit, with SignatureMissing or SignatureKey if it is too short for the required
  /// signature. Withdraws a pending installation, whose image may be overwritten. OnTrial if the
  /// running application has not confirmed: withdrawing would confirm it.
  /// With `may_resume`, an update of the same image that was cancelled continues: its first
  /// received() bytes are still in flash, read back for the MD5, and write() takes the next ones.
  UpdateError begin(const UpdateRequest& request);

  /// After begin(): the sender sends the whole image, although a part was kept.
  void start_over();
  /// MD5 of the received() bytes.
  void digest_so_far(uint8_t* digest) const;

  /// Writes the next bytes of the image. Fails with Size, writing nothing, if they exceed the
  /// announced size; with MagicByte at the first byte if the loader cannot start the image; with
  /// NoFilesystem, writing nothing, if a filesystem begins like an application; with Erase, Write
  /// or Read if the flash fails; with PatchBase, PatchDamaged or Space by the header of a
  /// difference update. A failure ends the update.
  UpdateError write(const uint8_t* bytes, size_t length);

  /// True if erase_ahead() has work: flash that the image needs soon is not erased yet.
  bool can_erase_ahead() const;
  /// Erases one block or sector before the bytes for it arrive. For moments without data: the
  /// network then fills its buffers while the flash is busy. write() repeats what fails here.
  void erase_ahead();

  /// Ends the update. Fails with Size if bytes are missing. Checks the MD5. Of a difference update,
  /// makes the new image, or fails with PatchDamaged; size() is then its size. Then checks, in
  /// flash, the signature, the gzip package, which must fit Installer::unpacked_limit(), and
  /// IncomingRules. An application is then installed at the next start, without the signature's
  /// trailer.
  UpdateError end();

  /// Cancels the update. The running application stays unchanged; a filesystem is lost with its
  /// first written page. Whole pages are kept until the next begin(). If signatures are required,
  /// the written part of a filesystem is erased, because it was not verified. If the device
  /// restarts before that, the loader erases it (Installer::guard_filesystem()).
  void cancel();

  /// Writes the answer to wire::kDeltaQuestion; `text` holds wire::kMaxDeltaAnswer. Returns its
  /// length; 0 if this receiver applies no difference updates.
  size_t identify_running(char* text) {
    return checks_.patches == nullptr ? 0 : checks_.patches->identify(text);
  }

  bool active() const { return active_; }
  uint32_t size() const { return request_.size; }
  uint32_t received() const { return received_; }
  uint32_t remaining() const { return request_.size - received_; }
  wire::Command command() const { return request_.command; }
  /// The digests of the last end() that failed with Md5.
  const Md5Mismatch& mismatch() const { return mismatch_; }

 private:
  bool continues(const UpdateRequest& request) const;
  bool read_kept(uint32_t kept, uint32_t erased);
  UpdateError choose_start();
  UpdateError reserve_signature();
  UpdateError append(const uint8_t* bytes, size_t length);
  void count(const uint8_t* bytes, uint32_t length);
  UpdateError flush_page();
  bool erase_next();
  UpdateError begin_filesystem();
  UpdateError apply_patch();
  UpdateError end_with(UpdateError error);
  UpdateError check_received();
  UpdateError check_signature();
  UpdateError check_image();
  UpdateError check_filesystem();
  bool hash_payload(uint8_t* digest);
  bool read_back(uint32_t offset, uint8_t* bytes, uint32_t length);
  UpdateError install();

  static constexpr uint32_t kPageSize = 256;
  /// Bytes beyond the received ones that erase_ahead() provides at least: a transfer that breaks
  /// off has not worn out much more flash than it used.
  static constexpr uint32_t kErasedAhead = 64 * 1024;

  Flash& flash_;
  FlashMap map_;
  Installer& installer_;
  ImageChecks checks_;
  bool active_ = false;
  UpdateRequest request_{};
  uint32_t start_ = 0;         ///< offset of the image in flash
  uint32_t received_ = 0;      ///< in bytes
  uint32_t erased_ = 0;        ///< bytes from start_ on, in sectors
  uint32_t kept_ = 0;          ///< bytes of the cancelled update, in pages
  bool erase_failed_ = false;  ///< in erase_ahead()
  uint32_t payload_size_ = 0;  ///< bytes before the required signature; all of them without one
  uint32_t crc_ = 0;           ///< of the payload
  uint32_t image_size_ = 0;    ///< of the unpacked payload
  bool packed_ = false;
  bool patch_ = false;
  bool guarded_ = false;  ///< a filesystem that is not verified is being written
  Md5 md5_;
  Md5Mismatch mismatch_{};
  alignas(4) uint8_t page_[kPageSize];
};

}  // namespace otatool::firmware
