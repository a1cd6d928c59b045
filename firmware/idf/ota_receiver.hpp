// Receives updates by espota on an ESP32 with ESP-IDF, without Arduino: from espota.py, the Arduino
// IDE, PlatformIO and otatool. One object, one task.
#pragma once

#include "otatool/wire/application_description.hpp"

#include "firmware/core/authenticator.hpp"
#include "firmware/core/boot/trial.hpp"
#include "firmware/core/digest/software_sha256.hpp"
#include "firmware/core/receiver.hpp"
#include "firmware/core/updater.hpp"
#include "firmware/port/esp32/esp32_random.hpp"
#include "firmware/port/esp32/esp32_slot.hpp"
#include "firmware/port/mbedtls/pk_verifier.hpp"
#include "firmware/port/sockets/socket_link.hpp"

namespace otatool {

/// The texts must outlive the receiver.
struct OtaSettings {
  /// UDP port of invitations; 0 takes any.
  uint16_t port = 3232;
  /// Lower-case hex digits of the password's SHA-256 (64) or MD5 (32); null: no password.
  const char* password_hash = nullptr;
  /// PEM of an RSA key: only images that are signed with its private key are accepted, as by
  /// `otatool sign --format esp8266`. With an unusable text, none. Null: signatures are not
  /// checked.
  const char* public_key = nullptr;
  /// Images must state this version or a higher one by wire::VersionMark; 0: all are accepted.
  uint32_t minimum_version = 0;
  /// What this image states, as wire::version_mark() makes it, with static storage. The linker
  /// removes an object to which nothing refers. Null: nothing.
  const wire::VersionMark* version = nullptr;
  /// For a new application to confirm, if the bootloader can roll back.
  uint32_t trial_milliseconds = 120'000;
};

class OtaReceiver final : firmware::Restart {
 public:
  /// `hooks` must outlive the receiver.
  OtaReceiver(const OtaSettings& settings, firmware::Hooks& hooks);

  /// Opens the UDP port; the network must be up. False if there is no second application partition
  /// or the port is in use.
  bool begin();
  /// Closes the port and cancels an update that is under way.
  void end();
  /// Does all the work; call it at least every 20 ms, in one task. True: the caller must call
  /// esp_restart(), because an update is complete or the trial is over.
  bool poll();
  /// Lets other tasks run until poll() has work, or for at most this time.
  void wait(uint32_t milliseconds) const;
  uint16_t port() const { return link_.port(); }

  /// Whether this application still has to confirm.
  bool on_trial() const { return trial_.running(); }
  /// Keeps this application for good. False if the flash fails.
  bool confirm() { return trial_.confirm(); }

 private:
  void restart() override { restart_wanted_ = true; }
  static uint32_t now();

  OtaSettings settings_;
  firmware::Esp32Slot slot_;
  firmware::Esp32Random random_;
  firmware::SoftwareSha256 sha256_;
  firmware::PkVerifier verifier_;
  firmware::SocketLink link_{now};
  firmware::Updater updater_;
  firmware::Authenticator authenticator_;
  firmware::Receiver receiver_;
  firmware::Trial trial_;
  bool restart_wanted_ = false;
};

}  // namespace otatool
