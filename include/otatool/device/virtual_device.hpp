// Virtual devices on this machine: the receiver of firmware/core on sockets, with a file or memory
// as flash. Any number of them in one thread. Prints nothing; what happens is told to an observer.
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
#include "otatool/http/tls_settings.hpp"
#include "otatool/http/url.hpp"
#include "otatool/result.hpp"
#include "otatool/secret.hpp"
#include "otatool/wire/espota.hpp"
#include "otatool/wire/ota_txt.hpp"

namespace otatool::device {

/// How long erasing and programming take: a modern chip's typical times, or those of an aged one.
enum class FlashSpeed { None, Typical, Slow };
/// Which challenge a password is asked for with.
enum class AuthHash { Md5, Sha256 };

inline constexpr std::uint32_t kDefaultFlashSize = 4 * 1024 * 1024;

/// A public key, from wherever the caller has its cryptography.
struct ImageKey {
  std::uint32_t signature_size;  ///< bytes of every signature
  /// First bytes of SHA-256(SPKI), for the TXT record.
  std::array<std::uint8_t, wire::kTxtFingerprintSize> fingerprint{};
  /// Whether `signature` (big-endian, signature_size bytes) is a PKCS#1 v1.5 signature of this key
  /// with SHA-256 over the 32-byte `digest` (signing-gzip-images.md 1.1).
  std::function<bool(std::span<const std::uint8_t> digest, std::span<const std::uint8_t> signature)>
      verify;
};

/// The upload page at `/update` (espota.md 5.1, 5.2). It asks for the device's password.
struct FormOptions {
  std::uint16_t port = 0;  ///< TCP; 0: any
  std::string user = "admin";
  bool digest = false;  ///< by Digest with MD5, else by Basic
};

/// Asking a server for updates (espota.md 5.3, 5.4).
struct PullOptions {
  http::Url url;  ///< with user and password, if the server wants them
  std::chrono::milliseconds interval{60'000};
  http::TlsClientSettings tls;
  std::string mac = "02:00:00:00:00:01";  ///< upper case, with colons
  std::string version;                    ///< what the sketch calls itself; empty: it does not say
  bool filesystem = false;                ///< before it asks for a sketch, it asks for a filesystem
  std::string filesystem_version;         ///< of the one that it has; empty: it does not say
};

struct DeviceOptions {
  ChipFamily chip = ChipFamily::Esp8266;
  std::string board;                       ///< what it calls itself, at most wire::kMaxTxtValue
  std::string bind_address = "127.0.0.1";  ///< IPv4 or IPv6 literal
  std::uint16_t port = 0;                  ///< UDP; 0: any
  Secret password;                         ///< empty: everyone may upload
  AuthHash auth = AuthHash::Md5;
  std::string flash_file;  ///< empty: memory that is gone afterwards
  /// Bytes of flash; 0: as large as the existing file, else kDefaultFlashSize.
  std::uint32_t flash_size = 0;
  FlashSpeed flash_speed = FlashSpeed::None;
  /// Set: images must be signed with this key, in the ESP8266 form.
  std::optional<ImageKey> image_key;
  /// How long a transfer may go without a byte.
  std::chrono::milliseconds stall{15'000};
  /// TCP receive window in bytes, with segments of a quarter of it as lwIP has them; 0: the
  /// system's own.
  std::size_t window = 0;
  std::optional<announce::AnnounceOptions>
      announce;  ///< as `_arduino._tcp`; nothing: it is found by those who know it
  std::optional<FormOptions> form;
  std::optional<PullOptions> pull;
};

// What happens to a device.
/// An invitation came, whatever becomes of it.
struct Invited {
  std::string from;  ///< `192.0.2.1:5000`, `[2001:db8::1]:5000`
  wire::Command command;
  std::uint32_t size;
  std::string md5;
};
/// An update begins: the invitation was accepted.
struct UpdateStarted {
  wire::Command command;
};
struct UpdateProgressed {
  std::uint32_t done;
  std::uint32_t total;
};
/// The image is complete, its verdict was sent, the device restarts.
struct UpdateEnded {};
/// Where an update failed; the numbers are ArduinoOTA's.
enum class Stage { Auth = 0, Begin = 1, Connect = 2, Receive = 3, End = 4 };
struct UpdateFailed {
  Stage stage;
  Error error;
};
/// The device is done with an update that failed, its last words were delivered: it listens again.
struct Recovered {};
/// The device has restarted.
struct Booted {
  bool applied;        ///< a staged image has become the application
  bool resumed;        ///< its copying had been cut off before
  std::uint32_t size;  ///< of the application, bytes; 0: there is none
  std::string md5;     ///< of the application; empty: there is none
};
/// It could not make itself known; whoever knows its address can upload nevertheless.
struct NotAnnounced {
  Error error;
};
/// It asked a server for an update.
struct Pulled {
  enum class Outcome { UpToDate, Updated, Failed };
  std::string url;
  wire::Command what;  ///< which it asked for
  unsigned status;     ///< 0: there was no answer
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
  /// `device` counts from 0 in the order of DeviceFarm::add.
  virtual void on_event(std::size_t device, const DeviceEvent& event) = 0;
};

class DeviceFarm {
 public:
  /// The observer must outlive the farm.
  explicit DeviceFarm(DeviceObserver& observer);
  DeviceFarm(const DeviceFarm&) = delete;
  DeviceFarm& operator=(const DeviceFarm&) = delete;
  ~DeviceFarm();

  /// Starts a device and returns its UDP port; a boot command left in its flash is executed first.
  /// Fails with Usage (address, flash size), FileUnreadable (flash file) or ListenFailed.
  [[nodiscard]] Result<std::uint16_t> add(const DeviceOptions& options);
  /// The TCP port of the device's upload page, if it has one.
  [[nodiscard]] std::optional<std::uint16_t> form_port(std::size_t device) const;

  enum class RunEnd { Stopped, Interrupted };
  /// Serves until stop(), SIGINT or SIGTERM; then every connection is reset, so that no host
  /// waits for a device that is gone.
  RunEnd run();
  /// Ends run(). May be called by the observer or from another thread.
  void stop();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace otatool::device
