// The receiver with any order of datagrams, bytes and times: it writes only to its own areas,
// restarts only with the announced image, admits nobody without the password, and is ready again
// after a timeout.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "firmware/core/boot/journal_installer.hpp"
#include "firmware/core/digest/hex.hpp"
#include "firmware/core/digest/software_sha256.hpp"
#include "firmware/core/receiver.hpp"
#include "tests/firmware/support/fake_port.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using namespace otatool::firmware;
using firmware::testing::endpoint;
using fuzz::FuzzInput;
using fuzz::require;

constexpr std::uint32_t kFlashSize = 512 * 1024;
constexpr std::string_view kStored = "21232f297a57a5a743894a0e4a801fc3";

/// Enforces the rules of NOR flash and the areas that may be written.
class WatchedFlash final : public Flash {
 public:
  explicit WatchedFlash(const FlashMap& map) : map_(map), cells_(kFlashSize, 0xFF) {}

  std::uint32_t size() const override { return kFlashSize; }
  bool erase_sector(std::uint32_t offset) override {
    check(offset, kSectorSize);
    std::fill_n(cells_.begin() + offset, kSectorSize, std::uint8_t{0xFF});
    return true;
  }
  std::uint32_t block_size() const override { return kBlockSize; }
  bool erase_block(std::uint32_t offset) override {
    require(offset % kBlockSize == 0, "blocks are aligned");
    check(offset, kBlockSize);
    std::fill_n(cells_.begin() + offset, kBlockSize, std::uint8_t{0xFF});
    return true;
  }
  bool write(std::uint32_t offset, const void* bytes, std::uint32_t length) override {
    check(offset, length);
    const auto* const from = static_cast<const std::uint8_t*>(bytes);
    for (std::uint32_t i = 0; i < length; ++i) {
      cells_[offset + i] = static_cast<std::uint8_t>(cells_[offset + i] & from[i]);
    }
    return true;
  }
  bool read(std::uint32_t offset, void* bytes, std::uint32_t length) override {
    require(offset <= kFlashSize && length <= kFlashSize - offset, "reading stays in the flash");
    std::memcpy(bytes, cells_.data() + offset, length);
    return true;
  }

 private:
  static constexpr std::uint32_t kBlockSize = 16 * kSectorSize;

  void check(std::uint32_t offset, std::uint32_t length) const {
    require(offset % 4 == 0 && length % 4 == 0, "the flash is written in words");
    const std::uint32_t end = offset + length;
    const bool command = offset >= map_.command && end <= map_.command + kSectorSize;
    const bool staging = offset > map_.application && end <= map_.staging_end;
    const bool filesystem = offset >= map_.filesystem && end <= map_.filesystem_end;
    require(command || staging || filesystem, "only its own areas are written");
  }

  FlashMap map_;
  std::vector<std::uint8_t> cells_;
};

FlashMap flash_map() {
  FlashMap map{};
  require(esp8266_flash_map(kFlashSize, map), "there is a map");
  return map;
}

/// The port, a host that does not know the password, and a stranger.
class Scene {
 public:
  explicit Scene(FuzzInput& input)
      : input_(input),
        authenticator_(input.flag() ? wire::AuthHash::Md5 : wire::AuthHash::None,
                       {kStored.data(), kStored.size()},
                       random_,
                       sha256_),
        now_(std::uint32_t{input.word()} << 16U) {}

  void run() {
    while (!input_.empty() && restart_.count == 0) {
      step();
      require(!protected_by_password() || !link_.connected_to,
              "the device never connects without the password");
    }
    for (int i = 0; i < 100'000 && receiver_.poll_after(now_) != Receiver::kNever; ++i) {
      now_ += std::max(receiver_.poll_after(now_), 1U);
      receiver_.poll(now_);
    }
    require(receiver_.state() ==
                (restart_.count == 0 ? Receiver::State::Idle : Receiver::State::Restarting),
            "silence ends everything");
    check_command();
  }

 private:
  bool protected_by_password() const { return authenticator_.hash() != wire::AuthHash::None; }

  void step() {
    switch (input_.byte() % 11) {
      case 0:
        invite();
        break;
      case 1:
        give_datagram(input_.text(input_.byte()));
        break;
      case 2:
        give_datagram("200 " + std::string(32, 'c') + " " + std::string(32, 'd') + "\n");
        break;
      case 3:
        receiver_.on_connected(now_);
        break;
      case 4:
        receiver_.on_connect_failed(now_);
        break;
      case 5:
        give_bytes(input_.word() % 3000U);
        break;
      case 6:
        receiver_.on_closed(now_);
        break;
      case 9:
        resume();
        break;
      case 10:
        sent_ = 0;
        give_datagram(invitation_);
        break;
      case 7:
        link_.in_flight = input_.byte() % 2U;
        link_.full = input_.flag();
        break;
      default:
        now_ += input_.word();
        receiver_.poll(now_);
        break;
    }
  }

  void invite() {
    image_ = firmware::testing::sample_image(1U + input_.word() % 6000U, input_.byte());
    sent_ = 0;
    invitation_ = (input_.flag() ? "0 4000 " : "100 4000 ") + std::to_string(image_.size()) + " " +
                  firmware::testing::md5_of(image_) + "\n";
    give_datagram(invitation_);
  }
  /// Sends the line of a host that resumes, with the right number or another one.
  void resume() {
    sent_ = updater_.received() + (input_.byte() == 0 ? 256U : 0U);
    const std::string line = "RESUME " + std::to_string(sent_) + "\n";
    const std::size_t split = input_.byte() % line.size();
    for (const std::string& part : {line.substr(0, split), line.substr(split)}) {
      receiver_.on_bytes(reinterpret_cast<const std::uint8_t*>(part.data()), part.size(), now_);
    }
  }
  void give_datagram(const std::string& text) {
    receiver_.on_datagram(endpoint(static_cast<std::uint8_t>(1U + input_.byte() % 2U), 5000),
                          text.data(),
                          text.size(),
                          now_);
  }
  void give_bytes(std::size_t count) {
    sent_ = std::min(sent_, image_.size());
    const std::size_t end = std::min(image_.size(), sent_ + count);
    std::vector<std::uint8_t> bytes(image_.begin() + static_cast<std::ptrdiff_t>(sent_),
                                    image_.begin() + static_cast<std::ptrdiff_t>(end));
    sent_ = end;
    if (!bytes.empty() && input_.byte() == 0) {
      bytes.back() ^= 1U;
    }
    receiver_.on_bytes(bytes.data(), bytes.size(), now_);
  }

  /// A written boot command describes an image with the announced MD5.
  void check_command() {
    alignas(4) std::uint8_t record[wire::kBootCommandLength];
    wire::BootCommand command{};
    flash_.read(map_.command, record, sizeof(record));
    if (!wire::parse_boot_command(record, command)) {
      return;
    }
    std::vector<std::uint8_t> staged(whole_sectors(command.size));
    flash_.read(command.source, staged.data(), whole_sectors(command.size));
    staged.resize(command.size);
    const std::string announced(receiver_.invitation().md5, wire::kMd5HexLength);
    require(firmware::testing::md5_of(staged) == announced,
            "the boot command's image is the announced one");
    require(restart_.count == 1, "a boot command is followed by a restart");
  }

  FuzzInput& input_;
  FlashMap map_ = flash_map();
  WatchedFlash flash_{map_};
  firmware::testing::FakeLink link_;
  firmware::testing::CountingRandom random_;
  SoftwareSha256 sha256_;
  firmware::testing::RecordingHooks hooks_;
  firmware::testing::CountingRestart restart_;
  Authenticator authenticator_;
  JournalInstaller installer_{flash_, map_, 0};
  Updater updater_{flash_, map_, installer_};
  Receiver receiver_{ReceiverPorts{link_, hooks_, restart_, updater_, authenticator_}};
  std::uint32_t now_;
  std::string invitation_;
  std::vector<std::uint8_t> image_;
  std::size_t sent_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  Scene(input).run();
  return 0;
}
