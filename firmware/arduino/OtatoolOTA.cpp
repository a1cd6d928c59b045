#include "OtatoolOTA.h"

#include <new>
#include <string.h>

#include "otatool/wire/espota.hpp"

#include "firmware/arduino/platform.hpp"
#include "firmware/core/authenticator.hpp"
#include "firmware/core/boot/trial.hpp"
#include "firmware/core/digest/hex.hpp"
#include "firmware/core/digest/md5.hpp"
#include "firmware/core/digest/software_sha256.hpp"
#include "firmware/core/receiver.hpp"
#include "firmware/core/update_error.hpp"

// Defined by OTATOOL_VERSION: NOLINTNEXTLINE(readability-identifier-naming)
extern "C" __attribute__((weak)) const otatool::wire::VersionMark otatool_version;

namespace {

using namespace otatool;
using arduino::Platform;

constexpr uint32_t kTrialMilliseconds = 120000;

/// Hex digits of the password's hash, as StoredPassword.
String stored_form(const char* password) {
  char digits[wire::kSha256HexLength + 1] = {};
  uint8_t digest[firmware::Sha256::kDigestLength];
  if (Platform::kHash == wire::AuthHash::Md5) {
    firmware::Md5 md5;
    md5.update(password, strlen(password));
    md5.finish(digest);
    firmware::to_hex(digest, firmware::Md5::kDigestLength, digits);
  } else {
    firmware::SoftwareSha256 sha256;
    sha256.update(password, strlen(password));
    sha256.finish(digest);
    firmware::to_hex(digest, sizeof(digest), digits);
  }
  return digits;
}

/// 64 digits are a SHA-256; everything else is checked, or refused, as an MD5 would be.
wire::AuthHash hash_of(const String& password_hash) {
  if (password_hash.length() == 0) {
    return wire::AuthHash::None;
  }
  return password_hash.length() == wire::kSha256HexLength ? wire::AuthHash::Sha256
                                                          : wire::AuthHash::Md5;
}

}  // namespace

/// All that receives updates; exists from begin() to end().
class OtatoolOTAClass::Device final : firmware::Hooks,
                                      firmware::Restart,
                                      firmware::DatagramListener {
 public:
  explicit Device(Settings& settings)
      : settings_(settings),
        password_hash_(settings.password_hash),
        verifier_(settings.public_key == nullptr ? "" : settings.public_key),
        updater_(platform_.flash(), platform_.map(), platform_.installer(), checks()),
        authenticator_(hash_of(password_hash_),
                       {password_hash_.c_str(), password_hash_.length()},
                       platform_.random(),
                       sha256_),
        receiver_(ports()) {}

  bool begin(bool use_mdns);
  /// Cancels an unfinished update; nothing that was not verified stays in a filesystem.
  void end() {
    link_.end();
    updater_.cancel();
    if (use_mdns_) {
      Platform::end_mdns();
    }
  }
  void handle();
  int command() const { return static_cast<int>(updater_.command()); }
  String last_error() const;

  bool begin_update(const firmware::UpdateRequest& request);
  bool write_update(const uint8_t* bytes, size_t length);
  bool end_update();
  void cancel_update();

  firmware::TrialState trial_state() {
    firmware::TrialState state = firmware::TrialState::Unsupported;
    platform_.installer().read_trial(state);
    return state;
  }
  bool confirm() {
    return trial_state() != firmware::TrialState::Unsupported && platform_.installer().confirm() &&
           trial_.begin(Platform::now());
  }

 private:
  void on_start(wire::Command command) override;
  void on_progress(uint32_t done_bytes, uint32_t total_bytes) override;
  void on_end() override;
  void on_error(firmware::Stage stage, firmware::UpdateError error) override;
  void restart() override { restart_wanted_ = true; }
  /// An update from another source owns the flash: invitations wait.
  bool handles(const firmware::Endpoint&, const char*, size_t) override { return other_source_; }

  firmware::ImageChecks checks() {
    return {settings_.public_key == nullptr ? nullptr : &verifier_,
            &sha256_,
            platform_.packages(),
            settings_.minimum_version,
            platform_.patches()};
  }
  firmware::ReceiverPorts ports() { return {link_, *this, *this, updater_, authenticator_}; }
  bool result(firmware::UpdateError error);

  Settings& settings_;
  String password_hash_;  ///< a copy: the sketch can set another password at any time
  Platform platform_;
  Platform::Verifier verifier_;
  firmware::SoftwareSha256 sha256_;
  Platform::Link link_{Platform::now, this};
  firmware::Updater updater_;
  firmware::Authenticator authenticator_;
  firmware::Receiver receiver_;
  firmware::Trial trial_{platform_.installer(), *this, kTrialMilliseconds};
  firmware::UpdateError last_error_ = firmware::UpdateError::None;
  bool use_mdns_ = false;
  bool other_source_ = false;
  bool restart_wanted_ = false;
};

bool OtatoolOTAClass::Device::begin(bool use_mdns) {
  if (!platform_.usable() || !trial_.begin(Platform::now()) ||
      !link_.begin(receiver_, settings_.port)) {
    return false;
  }
  use_mdns_ = use_mdns;
  if (use_mdns) {
    Platform::begin_mdns(settings_.hostname.c_str(), settings_.port, password_hash_.length() != 0);
  }
  return true;
}

void OtatoolOTAClass::Device::handle() {
  link_.poll();
  receiver_.poll(Platform::now());
  trial_.poll(Platform::now());
  if (use_mdns_) {
    Platform::poll_mdns();
  }
  const bool updated = receiver_.state() == firmware::Receiver::State::Restarting;
  if (restart_wanted_ && (settings_.reboot || !updated)) {
    ESP.restart();
  }
}

void OtatoolOTAClass::Device::on_start(wire::Command) {
  last_error_ = firmware::UpdateError::None;
  if (settings_.on_start) {
    settings_.on_start();
  }
}

void OtatoolOTAClass::Device::on_progress(uint32_t done_bytes, uint32_t total_bytes) {
  if (settings_.on_progress) {
    settings_.on_progress(done_bytes, total_bytes);
  }
}

void OtatoolOTAClass::Device::on_end() {
  if (settings_.on_end) {
    settings_.on_end();
  }
}

void OtatoolOTAClass::Device::on_error(firmware::Stage stage, firmware::UpdateError error) {
  last_error_ = error;
  if (settings_.on_error) {
    settings_.on_error(static_cast<ota_error_t>(stage));
  }
}

String OtatoolOTAClass::Device::last_error() const {
  char text[firmware::kMaxErrorLength + 1] = {};
  if (last_error_ != firmware::UpdateError::None) {
    firmware::describe(last_error_, updater_.mismatch(), text);
  }
  return text;
}

bool OtatoolOTAClass::Device::result(firmware::UpdateError error) {
  last_error_ = error;
  other_source_ = updater_.active();
  return error == firmware::UpdateError::None;
}

bool OtatoolOTAClass::Device::begin_update(const firmware::UpdateRequest& request) {
  const auto state = receiver_.state();
  if (state != firmware::Receiver::State::Idle && state != firmware::Receiver::State::Challenged) {
    last_error_ = firmware::UpdateError::AlreadyRunning;
    return false;
  }
  return result(updater_.begin(request));
}

bool OtatoolOTAClass::Device::write_update(const uint8_t* bytes, size_t length) {
  if (!other_source_) {
    return false;
  }
  return result(updater_.write(bytes, length));
}

bool OtatoolOTAClass::Device::end_update() {
  if (!other_source_) {
    return false;
  }
  return result(updater_.end());
}

void OtatoolOTAClass::Device::cancel_update() {
  if (other_source_) {
    updater_.cancel();
    other_source_ = false;
  }
}

OtatoolOTAClass& OtatoolOTAClass::setPort(uint16_t port) {
  settings_.port = port;
  return *this;
}

OtatoolOTAClass& OtatoolOTAClass::setHostname(const char* hostname) {
  settings_.hostname = hostname;
  return *this;
}

String OtatoolOTAClass::getHostname() const {
  return settings_.hostname;
}

OtatoolOTAClass& OtatoolOTAClass::setPassword(const char* password) {
  settings_.password_hash =
      password == nullptr || *password == '\0' ? String() : stored_form(password);
  return *this;
}

OtatoolOTAClass& OtatoolOTAClass::setPasswordHash(const char* hash) {
  settings_.password_hash = hash == nullptr ? "" : hash;
  settings_.password_hash.toLowerCase();
  return *this;
}

OtatoolOTAClass& OtatoolOTAClass::setRebootOnSuccess(bool reboot) {
  settings_.reboot = reboot;
  return *this;
}

OtatoolOTAClass& OtatoolOTAClass::setMdnsEnabled(bool enabled) {
  settings_.mdns = enabled;
  return *this;
}

OtatoolOTAClass& OtatoolOTAClass::setPublicKey(const char* pem) {
  settings_.public_key = pem;
  return *this;
}

OtatoolOTAClass& OtatoolOTAClass::setMinimumVersion(uint32_t version) {
  settings_.minimum_version = version;
  return *this;
}

OtatoolOTAClass& OtatoolOTAClass::onStart(THandlerFunction function) {
  settings_.on_start = function;
  return *this;
}

OtatoolOTAClass& OtatoolOTAClass::onEnd(THandlerFunction function) {
  settings_.on_end = function;
  return *this;
}

OtatoolOTAClass& OtatoolOTAClass::onError(THandlerFunction_Error function) {
  settings_.on_error = function;
  return *this;
}

OtatoolOTAClass& OtatoolOTAClass::onProgress(THandlerFunction_Progress function) {
  settings_.on_progress = function;
  return *this;
}

// The parameter has ArduinoOTA's name: NOLINTNEXTLINE(readability-identifier-naming)
bool OtatoolOTAClass::begin(bool useMDNS) {
  if (device_ != nullptr) {
    return true;
  }
  // Every sketch calls this function: the linker keeps the version even if nothing else reads it.
  settings_.version = version();
  if (settings_.port == 0) {
    settings_.port = Platform::kPort;
  }
  if (settings_.hostname.length() == 0) {
    settings_.hostname = Platform::hostname();
  }
  device_ = new (std::nothrow) Device(settings_);
  if (device_ != nullptr && !device_->begin(useMDNS && settings_.mdns)) {
    end();
  }
  return device_ != nullptr;
}

void OtatoolOTAClass::end() {
  if (device_ != nullptr) {
    device_->end();
    delete device_;
    device_ = nullptr;
  }
}

void OtatoolOTAClass::handle() {
  if (device_ != nullptr) {
    device_->handle();
  }
}

int OtatoolOTAClass::getCommand() const {
  return device_ == nullptr ? U_FLASH : device_->command();
}

String OtatoolOTAClass::lastError() const {
  return device_ == nullptr ? String() : device_->last_error();
}

uint32_t OtatoolOTAClass::version() const {
  return &otatool_version == nullptr ? 0 : otatool_version.version;
}

bool OtatoolOTAClass::hasTrial() {
  return device_ != nullptr && device_->trial_state() != firmware::TrialState::Unsupported;
}

bool OtatoolOTAClass::onTrial() {
  return device_ != nullptr && device_->trial_state() == firmware::TrialState::OnTrial;
}

bool OtatoolOTAClass::confirm() {
  return device_ != nullptr && device_->confirm();
}

bool OtatoolOTAClass::beginUpdate(uint32_t size, const char* md5, int command) {
  firmware::UpdateRequest request{};
  request.command = command == U_FLASH ? wire::Command::Flash : wire::Command::Filesystem;
  request.size = size;
  request.without_md5 = md5 == nullptr;
  if (device_ == nullptr ||
      (md5 != nullptr && (strlen(md5) != wire::kMd5HexLength ||
                          !firmware::from_hex(md5, sizeof(request.md5), request.md5)))) {
    return false;
  }
  return device_->begin_update(request);
}

bool OtatoolOTAClass::writeUpdate(const uint8_t* bytes, size_t length) {
  return device_ != nullptr && device_->write_update(bytes, length);
}

bool OtatoolOTAClass::endUpdate() {
  return device_ != nullptr && device_->end_update();
}

void OtatoolOTAClass::cancelUpdate() {
  if (device_ != nullptr) {
    device_->cancel_update();
  }
}

#if !defined(NO_GLOBAL_INSTANCES) && !defined(NO_GLOBAL_OTATOOL_OTA)
OtatoolOTAClass OtatoolOTA;
#endif
