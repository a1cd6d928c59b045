// Virtual devices on this computer: the receiver of firmware/core on sockets, with a file or memory
// as flash. Any number in one thread. Prints nothing; events go to an observer.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "otatool/announce/announcement.hpp"
#include "otatool/chip_family.hpp"
#include "otatool/error.hpp"
#include "otatool/esphome/encryption_key.hpp"
#include "otatool/http/tls_settings.hpp"
#include "otatool/http/url.hpp"
#include "otatool/result.hpp"
#include "otatool/secret.hpp"
#include "otatool/wire/espota.hpp"
#include "otatool/wire/ota_txt.hpp"

namespace otatool::device {

/// Time for erasing and programming: typical of a new chip, or of an aged one.
enum class FlashSpeed { None, Typical, Slow };

inline constexpr std::uint32_t kDefaultFlashSize = 4 * 1024 * 1024;

/// A public key. The caller provides the cryptography.
struct ImageKey {
  std::uint32_t signature_size;  ///< bytes of a signature
  /// First bytes of SHA-256(SPKI), for the TXT record.
  std::array<std::uint8_t, wire::kTxtFingerprintSize> fingerprint{};
  /// Whether `signature` (big-endian, signature_size bytes) is a PKCS#1 v1.5 signature of this key
  /// with SHA-256 over the 32-byte `digest` (signing-gzip-images.md 1.1).
  std::function<bool(std::span<const std::uint8_t> digest, std::span<const std::uint8_t> signature)>
      verify;
};

/// The upload page at `/update` (espota.md 5.1, 5.2), protected by the device's password.
struct FormOptions {
  std::uint16_t port = 0;  ///< TCP; 0: any
  std::string user = "admin";
  bool digest = false;  ///< Digest with MD5; false: Basic
};

/// Updates fetched from a server (espota.md 5.3, 5.4).
struct PullOptions {
  http::Url url;  ///< with user and password, if needed
  std::chrono::milliseconds interval{60'000};
  http::TlsClientSettings tls;
  std::string mac = "02:00:00:00:00:01";  ///< upper case, with colons
  std::string version;                    ///< of the sketch; empty: not sent
  bool filesystem = false;                ///< ask for a filesystem before each sketch
  std::string filesystem_version;         ///< of the installed filesystem; empty: not sent
};

/// The protocol of an ESPHome device: extended since the middle of 2026 (esphome-ota.md 2).
enum class EsphomeProtocol { Version1, Version2, Extended };

/// The answer of an ESPHome device that is replaced by an error.
enum class EsphomeStep { Magic, Features, Auth, Size, Md5, Data, End };

struct EsphomeFault {
  std::uint8_t byte;  ///< 0x80 or more
  EsphomeStep step;
};

/// Updates as ESPHome's client sends them, protected by the device's password.
struct EsphomeOptions {
  std::uint16_t port = 0;  ///< TCP; 0: any
  EsphomeProtocol protocol = EsphomeProtocol::Extended;
  wire::AuthHash auth = wire::AuthHash::Sha256;  ///< not None; counts only with a password
  bool gzip = false;                             ///< ask for gzip; for an ESP8266
  /// Set: only encrypted updates. Requires the extended protocol.
  std::optional<esphome::EncryptionKey> key;
  std::optional<EsphomeFault> fault;
};

struct DeviceOptions {
  ChipFamily chip = ChipFamily::Esp8266;
  std::string board;                          ///< what it calls itself, at most wire::kMaxTxtValue
  std::string bind_address = "127.0.0.1";     ///< IPv4 or IPv6 literal
  std::uint16_t port = 0;                     ///< UDP; 0: any
  Secret password;                            ///< empty: everyone may upload
  wire::AuthHash auth = wire::AuthHash::Md5;  ///< not None; counts only with a password
  std::string flash_file;                     ///< empty: memory
  /// Bytes of flash; 0: size of the existing file, else kDefaultFlashSize.
  std::uint32_t flash_size = 0;
  FlashSpeed flash_speed = FlashSpeed::None;
  /// Set: images must have a signature of this key in the ESP8266 form.
  std::optional<ImageKey> image_key;
  /// Longest time without a byte during a transfer.
  std::chrono::milliseconds stall{15'000};
  /// TCP receive window in bytes, with segments of a quarter of it like lwIP; 0: the system's.
  std::size_t window = 0;
  std::optional<announce::AnnounceOptions>
      announce;  ///< as `_arduino._tcp`, or as `_esphomelib._tcp` with `esphome`; nothing: it is
                 ///< found by those who know it
  std::optional<FormOptions> form;
  std::optional<PullOptions> pull;
  std::optional<EsphomeOptions> esphome;
};

// Events of a device.
/// An invitation was received.
struct Invited {
  std::string from;  ///< `192.0.2.1:5000`, `[2001:db8::1]:5000`
  wire::Command command;
  std::uint32_t size;
  std::string md5;
};
/// An invitation was accepted; the update begins.
struct UpdateStarted {
  wire::Command command;
};
struct UpdateProgressed {
  std::uint32_t done;
  std::uint32_t total;
};
/// The image is complete and its verdict was sent; the device restarts.
struct UpdateEnded {};
/// The stage of a failed update, with ArduinoOTA's numbers.
enum class Stage { Auth = 0, Begin = 1, Connect = 2, Receive = 3, End = 4 };
struct UpdateFailed {
  Stage stage;
  Error error;
};
/// After a failed update: the error was sent, the device listens again.
struct Recovered {};
/// The device has restarted.
struct Booted {
  bool applied;        ///< a staged image was copied and is now the application
  bool resumed;        ///< the copying had been interrupted before
  std::uint32_t size;  ///< bytes of the application; 0: none
  std::string md5;     ///< of the application; empty: none
};
/// The device could not be announced; uploads to its address still work.
struct NotAnnounced {
  Error error;
};
/// A request to an update server ended.
struct Pulled {
  enum class Outcome { UpToDate, Updated, Failed };
  std::string url;
  wire::Command what;  ///< requested kind of image
  unsigned status;     ///< 0: no response
  Outcome outcome;
  std::optional<Error> error;  ///< with Failed
};
using DeviceEvent = std::variant<Invited,
                                 UpdateStarted,
                                 UpdateProgressed,
                                 UpdateEnded,
                                 UpdateFailed,
                                 Recovered,
                                 Booted,
                                 announce::Announced,
                                 NotAnnounced,
                                 Pulled>;

class DeviceObserver {
 public:
  virtual ~DeviceObserver() = default;
  /// `device` counts from 0 in the order of VirtualDevices::add.
  virtual void on_event(std::size_t device, const DeviceEvent& event) = 0;
};

class VirtualDevices {
 public:
  /// The observer must outlive this object.
  explicit VirtualDevices(DeviceObserver& observer);
  VirtualDevices(const VirtualDevices&) = delete;
  VirtualDevices& operator=(const VirtualDevices&) = delete;
  ~VirtualDevices();

  /// Starts a device and returns its UDP port; first executes a boot command in its flash. Usage
  /// (address, flash size), FileUnreadable (flash file) or ListenFailed.
  [[nodiscard]] Result<std::uint16_t> add(const DeviceOptions& options);
  /// TCP port of the device's upload page, if it has one.
  [[nodiscard]] std::optional<std::uint16_t> form_port(std::size_t device) const;
  /// TCP port of the device's ESPHome updates, if it has one.
  [[nodiscard]] std::optional<std::uint16_t> esphome_port(std::size_t device) const;

  enum class RunEnd { Stopped, Interrupted, Terminated };
  /// Interrupted after SIGINT, Terminated after SIGTERM.
  /// Serves until stop(), SIGINT or SIGTERM. Then resets every connection, so that no host waits
  /// for a missing device.
  RunEnd run();
  /// Ends run(). May be called by the observer or from another thread.
  void stop();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace otatool::device
