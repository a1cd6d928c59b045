// The interfaces that a port implements for the receiver: flash, network, random numbers, SHA-256,
// signatures, installation, restart and the sketch's callbacks. Includes no header of an operating
// system.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "otatool/wire/espota.hpp"

namespace otatool::firmware {

constexpr uint32_t kSectorSize = 4096;

struct Endpoint {
  uint8_t address[16];     ///< network byte order; an IPv4 address fills the first four bytes
  uint8_t address_length;  ///< 4 or 16
  uint32_t scope;          ///< zone of a link-local IPv6 address, or 0
  uint16_t port;
};

/// NOR flash in sectors of 4096 bytes: erasing sets all bits of a sector, writing clears bits.
/// Offsets and lengths are multiples of 4 and buffers are aligned to 4, as the ESP8266 requires. A
/// call never leaves the flash. False: the chip reported a failure.
class Flash {
 public:
  virtual uint32_t size() const = 0;
  virtual bool erase_sector(uint32_t offset) = 0;
  /// Bytes of a block, a multiple of kSectorSize; 0: this flash erases only sectors. A chip erases
  /// a block of 64 KiB in about the time of three sectors.
  virtual uint32_t block_size() const { return 0; }
  /// Erases one block; `offset` is a multiple of block_size(). Not called if that is 0.
  virtual bool erase_block(uint32_t /*offset*/) { return false; }
  virtual bool write(uint32_t offset, const void* bytes, uint32_t length) = 0;
  virtual bool read(uint32_t offset, void* bytes, uint32_t length) = 0;

 protected:
  ~Flash() = default;
};

/// At most one outgoing TCP connection. A member must not call back into its user before it
/// returns. The port reports to the user: on_connected, on_connect_failed, on_bytes, on_closed.
class Connection {
 public:
  /// Begins a TCP connection; on_connected or on_connect_failed follows.
  virtual void connect(const Endpoint& to) = 0;
  /// Queues all bytes on the connection; false, and nothing queued, if there is no room now.
  virtual bool send(const char* bytes, size_t length) = 0;
  /// Queued bytes that the peer's TCP has not acknowledged yet.
  virtual size_t undelivered() const = 0;
  /// Delivers what is queued, then sends FIN. Must discard incoming data instead of answering it
  /// with RST, which could overtake the last bytes. on_closed follows.
  virtual void close() = 0;
  /// Aborts the connection, or the attempt to connect, at once. No callback follows.
  virtual void drop() = 0;

 protected:
  ~Connection() = default;
};

/// The receiver's connection, and the UDP socket for invitations.
class Link : public Connection {
 public:
  /// Sends one datagram from the invitation port; it may be lost.
  virtual void send_datagram(const Endpoint& to, const char* bytes, size_t length) = 0;

 protected:
  ~Link() = default;
};

/// A source of unpredictable random bytes.
class Random {
 public:
  virtual void fill(uint8_t* bytes, size_t length) = 0;

 protected:
  ~Random() = default;
};

/// One SHA-256 computation at a time. The state after the first block of 64 bytes can be saved and
/// resumed, which halves the work of PBKDF2.
class Sha256 {
 public:
  static constexpr size_t kDigestLength = 32;
  static constexpr size_t kBlockLength = 64;

  virtual void begin() = 0;
  virtual void update(const void* bytes, size_t length) = 0;
  virtual void finish(uint8_t* digest) = 0;
  /// Writes the chaining value, 32 bytes in any form. Called after exactly kBlockLength bytes.
  virtual void save(uint8_t* state) const = 0;
  /// Continues after kBlockLength bytes, with their saved chaining value.
  virtual void resume(const uint8_t* state) = 0;

 protected:
  ~Sha256() = default;
};

/// The stage in which an update failed; the numbers are those of ArduinoOTA's ota_error_t.
enum class Stage : uint8_t { Auth = 0, Begin = 1, Connect = 2, Receive = 3, End = 4 };

/// Why an update failed. Numbers below 48 are those of the ESP8266's Updater. `ERROR[n]` on the
/// wire (espota.md 1.5) carries number_of() from update_error.hpp.
enum class UpdateError : uint8_t {
  None = 0,
  Write = 1,
  Erase = 2,
  Read = 3,
  Space = 4,
  Size = 5,
  Stream = 6,
  Md5 = 7,
  FlashConfig = 9,  ///< the image is for another flash mode or flash size
  MagicByte = 10,
  Bootstrap = 11,  ///< the chip would not start from flash
  SignatureMissing = 12,
  OutOfMemory = 14,  ///< the image could not be checked
  AlreadyRunning = 15,
  SignatureKey = 48,  ///< the verifier's own key is unusable
  SignatureLength,    ///< signed with a key of another size
  SignatureWrong,     ///< signed with another key, or the image was changed
  PackageTruncated,   ///< the gzip package ends before its trailer does
  PackageDamaged,     ///< not gzip, or cannot be unpacked
  PackageSum,         ///< CRC-32 or size differs from the trailer
  PackageTrailing,    ///< bytes after the trailer: the loader would read them as the size
  LoaderDiffers,      ///< the image has another loader than this device
  VersionMissing,     ///< the device requires a minimum version and the image states none
  VersionOld,         ///< older than the minimum version
  OnTrial,            ///< the running application is on trial: its backup is still needed
  NoFilesystem,       ///< an application or a package was sent as a filesystem
  Paused,             ///< after wrong passwords from this address
  InstallRefused,     ///< the chip's bootloader would not start the image
  PatchBase,          ///< a difference update for another application than the running one
  PatchDamaged,       ///< a difference update that cannot be applied
};

/// Verifies signatures with one public key. A port that has one accepts signed images only.
class SignatureVerifier {
 public:
  /// Bytes of a signature, at most wire::kMaxSignatureSize: the length of the RSA modulus. 0 if the
  /// key is unusable; then every image is refused.
  virtual uint32_t signature_length() const = 0;
  /// None if `signature` (big-endian, signature_length() bytes) is a PKCS#1 v1.5 signature with
  /// SHA-256 of the 32-byte `digest` (signing-gzip-images.md 1.1), else SignatureWrong; OutOfMemory
  /// if the memory for the check is missing.
  virtual UpdateError verify(const uint8_t* digest, const uint8_t* signature) = 0;

 protected:
  ~SignatureVerifier() = default;
};

/// An application in flash that has passed all checks.
struct StagedImage {
  uint32_t start;          ///< offset in flash, as Installer::place() chose it
  uint32_t size;           ///< bytes of the image or package, without the signature's trailer
  uint32_t crc;            ///< wire::crc32 of these bytes
  uint32_t unpacked_size;  ///< bytes of the application
  bool packed;             ///< a gzip package
};

enum class TrialState : uint8_t {
  Unsupported,  ///< the loader keeps no backup: a new application always stays
  Confirmed,
  OnTrial,  ///< the next start restores the former application, unless confirm() is called
};

/// Tells the chip's loader what to do at the next start. Each kind of loader has its own: see
/// boot/journal_installer.hpp, boot/eboot_installer.hpp and port/esp32.
class Installer {
 public:
  /// Chooses where an application of `size` bytes, from 1 to the size of the flash, is staged.
  /// Space if it does not fit. Writes nothing.
  virtual UpdateError place(uint32_t size, uint32_t& start) = 0;
  /// True if place() leaves in flash what a cancelled update wrote, so that it can resume.
  virtual bool keeps_staged() const { return true; }
  /// Largest application in bytes that a gzip package staged at `start` may hold.
  virtual uint32_t unpacked_limit(uint32_t start) const = 0;
  /// Withdraws what an earlier update left for the next start. OnTrial if the running application
  /// has not confirmed: its backup is still needed. Bootstrap if a restart would not install an
  /// update. Read, Write or Erase if the flash fails.
  virtual UpdateError withdraw() = 0;
  /// Installs the application at the next start. Read, Write or Erase if the flash fails.
  virtual UpdateError install(const StagedImage& image) = 0;
  /// Before the first byte of an unverified filesystem is written at `start`: the next start erases
  /// these `size` bytes, if the loader can do that, unless release_filesystem() is called.
  virtual UpdateError guard_filesystem(uint32_t start, uint32_t size) = 0;
  /// False if the flash fails.
  virtual bool release_filesystem() = 0;
  /// Reads whether the running application is on trial. False if the flash fails.
  virtual bool read_trial(TrialState& state) = 0;
  /// Keeps the running application for good. False if the flash fails.
  virtual bool confirm() = 0;

 protected:
  ~Installer() = default;
};

/// The callbacks of a sketch, as in ArduinoOTA.
class Hooks {
 public:
  virtual void on_start(wire::Command command) = 0;
  virtual void on_progress(uint32_t done_bytes, uint32_t total_bytes) = 0;
  virtual void on_end() = 0;
  /// `error` is None for a refused password and for a connection that failed or was lost.
  virtual void on_error(Stage stage, UpdateError error) = 0;

 protected:
  ~Hooks() = default;
};

/// Restarts the chip, now or in the next turn of the port's main loop.
class Restart {
 public:
  virtual void restart() = 0;

 protected:
  ~Restart() = default;
};

}  // namespace otatool::firmware
