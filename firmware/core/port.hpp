// What a port supplies to the receiver: flash, network, randomness, SHA-256, signatures, restart
// and the sketch's callbacks. Interfaces only: no memory, no clock, no header of an operating
// system.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "otatool/wire/espota.hpp"

namespace otatool::firmware {

constexpr uint32_t kSectorSize = 4096;

/// A peer's address and port.
struct Endpoint {
  uint8_t address[16];     ///< network byte order; an IPv4 address fills the first four bytes
  uint8_t address_length;  ///< 4 or 16
  uint32_t scope;          ///< zone of a link-local IPv6 address, or 0
  uint16_t port;
};

/// NOR flash in sectors of 4096 bytes: erasing sets all bits of a sector, writing clears bits.
/// Offsets, lengths and buffers of every call are multiples of 4, as an ESP8266 wants them; a call
/// never leaves the flash. False means that the chip reported a failure.
class Flash {
 public:
  virtual uint32_t size() const = 0;
  virtual bool erase_sector(uint32_t offset) = 0;
  virtual bool write(uint32_t offset, const void* bytes, uint32_t length) = 0;
  virtual bool read(uint32_t offset, void* bytes, uint32_t length) = 0;

 protected:
  ~Flash() = default;
};

/// The UDP socket that invitations reach, and at most one TCP connection. No member calls back into
/// the receiver before it returns.
class Link {
 public:
  /// Sends one datagram from the port that invitations reach; it may be lost.
  virtual void send_datagram(const Endpoint& to, const char* bytes, size_t length) = 0;
  /// Begins a TCP connection; Receiver::on_connected or on_connect_failed follows.
  virtual void connect(const Endpoint& to) = 0;
  /// Queues bytes on the connection: all of them, or none and false when there is no room now.
  virtual bool send(const char* bytes, size_t length) = 0;
  /// Bytes queued that the peer's TCP has not acknowledged yet.
  virtual size_t undelivered() const = 0;
  /// Nothing more will be sent: delivers what is queued, then FIN. What still arrives is received
  /// and thrown away, so that no RST overtakes our last words; Receiver::on_closed follows.
  virtual void close() = 0;
  /// Drops the connection, or the attempt at one, at once. No callback follows.
  virtual void drop() = 0;

 protected:
  ~Link() = default;
};

/// A source of random bytes that nobody outside can predict.
class Random {
 public:
  virtual void fill(uint8_t* bytes, size_t length) = 0;

 protected:
  ~Random() = default;
};

/// One SHA-256 computation at a time. The state after a first block of 64 bytes can be kept and
/// taken up again, which halves the work of PBKDF2.
class Sha256 {
 public:
  static constexpr size_t kDigestLength = 32;
  static constexpr size_t kBlockLength = 64;

  virtual void begin() = 0;
  virtual void update(const void* bytes, size_t length) = 0;
  virtual void finish(uint8_t* digest) = 0;
  /// The chaining value, 32 bytes in any form; called after exactly kBlockLength bytes.
  virtual void save(uint8_t* state) const = 0;
  /// Goes on as if kBlockLength bytes with that chaining value had been hashed.
  virtual void resume(const uint8_t* state) = 0;

 protected:
  ~Sha256() = default;
};

/// Verifies signatures with one public key. A port that gives one takes signed images only.
class SignatureVerifier {
 public:
  /// Bytes of a signature, at most wire::kMaxSignatureSize: the modulus length of RSA. 0 when the
  /// key cannot be used; then every image is refused.
  virtual uint32_t signature_length() const = 0;
  /// Whether `signature` (big-endian, signature_length() bytes) is PKCS#1 v1.5 with SHA-256 over
  /// the 32-byte `digest` (signing-gzip-images.md 1.1).
  virtual bool verify(const uint8_t* digest, const uint8_t* signature) = 0;

 protected:
  ~SignatureVerifier() = default;
};

/// Where an update failed; the numbers are those of ArduinoOTA's ota_error_t.
enum class Stage : uint8_t { Auth = 0, Begin = 1, Connect = 2, Receive = 3, End = 4 };

/// What went wrong with an update. The numbers below 48 are those of the ESP8266's Updater; what
/// goes over the wire as `ERROR[n]` (espota.md 1.5) is number_of() in update_error.hpp.
enum class UpdateError : uint8_t {
  None = 0,
  Write = 1,
  Erase = 2,
  Read = 3,
  Space = 4,
  Size = 5,
  Stream = 6,
  Md5 = 7,
  MagicByte = 10,
  SignatureMissing = 12,
  AlreadyRunning = 15,
  SignatureKey = 48,  ///< the verifier's own key cannot be used
  SignatureLength,    ///< signed with a key of another size
  SignatureWrong,     ///< by another key, or the image was changed
  PackageTruncated,   ///< a gzip package that ends before its trailer does
  PackageDamaged,     ///< no gzip, or nothing that can be unpacked
  PackageSum,         ///< unpacks to other bytes than its trailer says
  PackageTrailing,    ///< bytes behind the trailer: the loader would take them for the size
  LoaderDiffers,      ///< made with another loader than the one that this device keeps
  VersionMissing,     ///< the image does not say its version, and the device wants a minimum
  VersionOld,         ///< older than the device allows
  OnTrial,            ///< what runs has not confirmed yet, and what ran before is still needed
};

/// The callbacks of a sketch, as in ArduinoOTA.
class Hooks {
 public:
  virtual void on_start(wire::Command command) = 0;
  virtual void on_progress(uint32_t done_bytes, uint32_t total_bytes) = 0;
  virtual void on_end() = 0;
  /// `error` is None when the device itself found nothing wrong: a refused password, a connection
  /// that failed or was lost.
  virtual void on_error(Stage stage, UpdateError error) = 0;

 protected:
  ~Hooks() = default;
};

/// Restarts the chip, at the latest when the port's main loop runs again.
class Restart {
 public:
  virtual void restart() = 0;

 protected:
  ~Restart() = default;
};

}  // namespace otatool::firmware
