// The application of the emulated device: receives updates by espota, fetches them from a server,
// announces itself by mDNS, and confirms a new version after a short time of normal operation. Only
// connects firmware/core to the board; the rules are in the core.
#include <string.h>

#include "otatool/wire/flash_layout.hpp"
#include "otatool/wire/ota_txt.hpp"

#include "firmware/app/application.hpp"
#include "firmware/app/cached_flash.hpp"
#include "firmware/app/puller.hpp"
#include "firmware/app/rsa_verifier.hpp"
#include "firmware/app/seeded_random.hpp"
#include "firmware/app/serial_hooks.hpp"
#include "firmware/app/settings.hpp"
#include "firmware/app/version_answer.hpp"
#include "firmware/boot/rom_flash.hpp"
#include "firmware/core/boot/journal_installer.hpp"
#include "firmware/core/boot/trial.hpp"
#include "firmware/core/digest/software_sha256.hpp"
#include "firmware/core/mdns/announcer.hpp"
#include "firmware/core/package/delta_applier.hpp"
#include "firmware/port/lwip/lwip_link.hpp"
#include "firmware/port/lwip/lwip_mdns.hpp"
#include "firmware/qemu/board/board.hpp"
#include "firmware/qemu/board/nic.hpp"
#include "firmware/qemu/board/nic_netif.hpp"
#include "lwip/init.h"
#include "lwip/timeouts.h"

namespace otatool::firmware {
namespace {

constexpr uint16_t kInvitationPort = 8266;
constexpr uint32_t kTrialMilliseconds = 3'000;
/// Time of normal operation before the application confirms.
constexpr uint32_t kConfirmAfterMilliseconds = 100;
constexpr char kName[] = "otatool-qemu";
constexpr char kBoard[] = "qemu-lx106";
constexpr char kLayout[] = "4m2m";

class BoardRestart final : public Restart {
 public:
  void restart() override { wanted = true; }
  bool wanted = false;
};

alignas(4) uint8_t window[Inflater::kWindowBytes];
Settings settings;
bool settings_valid = false;

class Device {
 public:
  explicit Device(uint32_t flash_size);
  [[noreturn]] void run();

 private:
  FlashMap map() const {
    FlashMap map{};
    own_flash_map(flash_.size(), map);
    return map;
  }
  ImageChecks checks();
  wire::AuthHash hash() const {
    return settings.password_length == 0    ? wire::AuthHash::None
           : settings.password_length == 32 ? wire::AuthHash::Md5
                                            : wire::AuthHash::Sha256;
  }
  Announcement announcement();
  void behave(uint32_t now);

  CachedFlash flash_;
  FlashMap map_;
  SeededRandom random_{settings.seed, board::cycles};
  SoftwareSha256 sha256_;
  SerialHooks hooks_;
  BoardRestart restart_;
  Inflater inflater_{window};
  GzipPackageVerifier packages_{inflater_};
  RsaVerifier verifier_{
      {settings.modulus, settings.modulus_length, settings.exponent, settings.exponent_length}};
  uint32_t running_size_ = application_size(flash_, map_, kOwnTraits);
  DeltaApplier patches_{flash_, map_, running_size_, sha256_, inflater_};
  JournalInstaller installer_{flash_, map_, running_size_};
  Trial trial_{installer_, restart_, kTrialMilliseconds};
  VersionAnswer version_{trial_};
  Updater updater_{flash_, map_, installer_, checks()};
  netif interface_{};
  Puller puller_{settings,
                 {hooks_, restart_, updater_, flash_},
                 pull_target(settings, interface_.hwaddr, map_, running_size_),
                 version_};
  LwipLink link_{board::now, &puller_};
  Authenticator authenticator_{
      hash(), {settings.password, settings.password_length}, random_, sha256_};
  Receiver receiver_{{link_, hooks_, restart_, updater_, authenticator_}};
  uint8_t txt_[wire::kMaxOtaTxtLength];
  Announcer announcer_{announcement()};
  LwipMdns mdns_{board::now, announcer_};
};

Device::Device(uint32_t flash_size) : flash_(flash_size), map_(map()) {
  set_lwip_random(random_);
}

ImageChecks Device::checks() {
  // Without valid settings the verifier has no key: every update is refused.
  const bool signed_only = !settings_valid || settings.modulus_length != 0;
  const bool downgrades = (settings.flags & Settings::kAllowDowngrade) != 0;
  return {signed_only ? &verifier_ : nullptr,
          &sha256_,
          &packages_,
          downgrades ? 0 : kApplicationVersion,
          &patches_};
}

Announcement Device::announcement() {
  wire::OtaTxt txt;
  txt.tcp_check = false;
  txt.ssh_upload = false;
  txt.auth_upload = settings.password_length != 0;
  txt.board = {kBoard, sizeof(kBoard) - 1};
  txt.gzip = wire::Known::Yes;
  txt.delta = wire::Known::Yes;
  txt.signature =
      settings.modulus_length != 0 ? wire::TxtSignature::RsaSha256 : wire::TxtSignature::None;
  txt.has_fingerprint = settings.modulus_length != 0;
  memcpy(txt.fingerprint, settings.fingerprint, sizeof(txt.fingerprint));
  txt.layout = {kLayout, sizeof(kLayout) - 1};
  txt.chip = wire::ChipFamily::Esp8266;
  Announcement announcement{};
  announcement.instance = {kName, sizeof(kName) - 1};
  announcement.host = announcement.instance;
  announcement.port = kInvitationPort;
  announcement.txt = txt_;
  announcement.txt_length = wire::format_ota_txt(txt, txt_, sizeof(txt_));
  announcement.addresses[0] = {{10, 0, 2, 15}, 4};
  announcement.address_count = 1;
  return announcement;
}

void Device::behave(uint32_t now) {
  if (!trial_.running() || now < kConfirmAfterMilliseconds) {
    return;
  }
  switch (kBehaviour) {
    case Behaviour::Works:
      if (trial_.confirm()) {
        board::print("app: confirmed\n");
      }
      break;
    case Behaviour::NeverConfirms:
      break;
    case Behaviour::Crashes:
      reinterpret_cast<void (*)()>(0)();
      break;
    case Behaviour::Hangs:
      for (;;) {
      }
  }
}

void Device::run() {
  lwip_init();
  if (!trial_.begin(board::now()) || !board::add_network(interface_) ||
      !link_.begin(receiver_, kInvitationPort) || !mdns_.begin(interface_)) {
    board::print("app: cannot begin\n");
    board::restart();
  }
  version_.use(link_);
  board::print(trial_.running() ? "app: on trial\n" : "app: ready\n");
  for (;;) {
    board::feed_watchdog();
    board::receive_frames(interface_);
    sys_check_timeouts();
    link_.poll();
    receiver_.poll(board::now());
    puller_.poll(receiver_.state() == Receiver::State::Idle && !trial_.running());
    mdns_.poll();
    trial_.poll(board::now());
    behave(board::now());
    if (restart_.wanted) {
      board::print("app: restart\n");
      board::restart();
    }
    if (receiver_.poll_after(board::now()) != 0 && puller_.poll_after() != 0) {
      board::idle(board::nic_ready);
    }
  }
}

alignas(Device) uint8_t device_memory[sizeof(Device)];

}  // namespace
}  // namespace otatool::firmware

// The toolchain lacks <new>.
inline void* operator new(size_t, void* place) noexcept {
  return place;
}

extern "C" {

u32_t sys_now(void) {
  return otatool::firmware::board::now();
}

void app_fault(uint32_t cause, uint32_t at) {
  using namespace otatool::firmware;
  board::print("app: fault ");
  board::print_number(cause);
  board::print(" at ");
  board::print_number(at);
  board::print("\n");
  board::restart();
}

void app_main() {
  using namespace otatool::firmware;
  board::begin();
  board::print("app: version ");
  board::print_number(kApplicationVersion);
  board::print("\n");
  uint32_t header = 0;
  SPIRead(0, &header, sizeof(header));
  SPIUnlock();
  CachedFlash flash(chip_size(header));
  settings_valid = read_settings(flash, settings);
  if (!settings_valid) {
    board::print("app: no valid settings: no updates\n");
  }
  auto* const device = new (device_memory) Device(chip_size(header));
  device->run();
}

}  // extern "C"
