// The pull client with any response: the result does not depend on the pieces, an image is
// installed only if it has the announced length and MD5, a connection that ends ends the pull, and
// only the staging area and the boot command are written.
#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/ascii.hpp"
#include "otatool/bytes.hpp"

#include "firmware/core/boot/journal_installer.hpp"
#include "firmware/core/pull/pull_client.hpp"
#include "tests/firmware/support/fake_port.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using namespace otatool::firmware;
using fuzz::FuzzInput;
using fuzz::require;
using Image = std::vector<std::uint8_t>;

constexpr std::uint32_t kFlashSize = 512 * 1024;
constexpr std::uint8_t kMac[6] = {};

class WatchedFlash final : public Flash {
 public:
  explicit WatchedFlash(const FlashMap& map) : map_(map), cells_(kFlashSize, 0xFF) {}

  std::uint32_t size() const override { return kFlashSize; }
  bool erase_sector(std::uint32_t offset) override {
    check(offset, kSectorSize);
    std::fill_n(cells_.begin() + offset, kSectorSize, std::uint8_t{0xFF});
    return true;
  }
  bool write(std::uint32_t offset, const void* bytes, std::uint32_t length) override {
    check(offset, length);
    std::memcpy(cells_.data() + offset, bytes, length);
    return true;
  }
  bool read(std::uint32_t offset, void* bytes, std::uint32_t length) override {
    require(offset <= kFlashSize && length <= kFlashSize - offset, "reading stays in the flash");
    std::memcpy(bytes, cells_.data() + offset, length);
    return true;
  }
  Image bytes(std::uint32_t offset, std::uint32_t length) const {
    return {cells_.begin() + offset, cells_.begin() + offset + length};
  }

 private:
  void check(std::uint32_t offset, std::uint32_t length) const {
    const std::uint32_t end = offset + length;
    const bool command = offset >= map_.command && end <= map_.command + kSectorSize;
    const bool staging = offset > map_.application && end <= map_.staging_end;
    require(command || staging, "only its own areas are written");
  }

  FlashMap map_;
  Image cells_;
};

FlashMap flash_map() {
  FlashMap map{};
  require(esp8266_flash_map(kFlashSize, map), "there is a map");
  return map;
}

struct Device {
  /// The result of this response, in pieces. Afterwards the server closes the connection.
  PullResult pull(std::string_view response, std::size_t piece) {
    client.start(0);
    client.on_connected(0);
    for (std::size_t at = 0; at < response.size(); at += std::min(piece, response.size())) {
      const Bytes bytes = as_bytes(response.substr(at, piece));
      client.on_bytes(bytes.data(), bytes.size(), 0);
      client.poll(0);
    }
    client.on_closed(0);
    require(!updater.active(), "no update stays open");
    const bool updated = client.result() == PullResult::Updated;
    require(client.active() == updated && restart.count == (updated ? 1 : 0),
            "the device restarts after an update only");
    return client.result();
  }
  std::optional<Image> installed() const {
    wire::BootCommand command{};
    if (!wire::parse_boot_command(flash.bytes(map.command, wire::kBootCommandLength).data(),
                                  command)) {
      return std::nullopt;
    }
    return flash.bytes(command.source, command.size);
  }

  FlashMap map = flash_map();
  WatchedFlash flash{map};
  firmware::testing::FakeLink link;
  firmware::testing::RecordingHooks hooks;
  firmware::testing::CountingRestart restart;
  JournalInstaller installer{flash, map, 0};
  Updater updater{flash, map, installer};
  PullClient client{link,
                    PullPorts{hooks, restart, updater, flash},
                    PullTarget{{{}, 4, 0, 1}, {"/", 1}, kMac, {"", 0}, map, 0}};
};

/// Any text, or a header with the right length and MD5 of what follows, and any further fields.
std::string response_from(FuzzInput& input) {
  if (input.flag()) {
    return input.text(SIZE_MAX);
  }
  const std::string fields = input.text(input.byte() % 64U);
  Image image = firmware::testing::sample_image(input.word() % 1'000U);
  std::string text = "HTTP/1.0 200 OK\r\n" + fields +
                     "Content-Length: " + std::to_string(image.size()) +
                     "\r\nx-MD5: " + firmware::testing::md5_of(image) + "\r\n\r\n";
  if (!image.empty()) {
    image[0] = static_cast<std::uint8_t>(image[0] ^ input.byte());
  }
  text.append(image.begin(), image.end());
  text.resize(text.size() - std::min<std::size_t>(text.size(), input.byte()));
  return text + input.text(SIZE_MAX);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const std::size_t piece = input.byte() + 1U;
  const std::string response = response_from(input);

  Device whole;
  Device pieces;
  const PullResult result = whole.pull(response, response.size() + 1);
  require(pieces.pull(response, piece) == result, "the result does not depend on the pieces");
  const auto image = whole.installed();
  require(pieces.installed() == image, "the image does not depend on the pieces");
  require((result == PullResult::Updated) == image.has_value(), "an update installs an image");
  if (image) {
    const std::string content(image->begin(), image->end());
    require(lower_case(response).find(firmware::testing::md5_of(*image)) != std::string::npos &&
                response.find(std::to_string(image->size())) != std::string::npos &&
                response.find(content) != std::string::npos,
            "an installed image was announced");
  }
  return 0;
}
