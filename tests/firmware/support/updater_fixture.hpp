// An updater on a flash in RAM, with all checks, for signed images and gzip packages.
#pragma once

#include <algorithm>
#include <deque>
#include <vector>

#include <gtest/gtest.h>

#include "firmware/core/boot/journal_installer.hpp"
#include "firmware/core/digest/hex.hpp"
#include "firmware/core/digest/software_sha256.hpp"
#include "firmware/core/updater.hpp"
#include "tests/firmware/support/fake_port.hpp"
#include "tests/firmware/support/ram_flash.hpp"
#include "tests/firmware/support/toy_signature.hpp"

namespace otatool::firmware::testing {

inline constexpr std::uint32_t kChecksFlashSize = 512 * 1024;

class UpdaterChecks : public ::testing::Test {
 protected:
  using Image = std::vector<std::uint8_t>;

  UpdaterChecks() { EXPECT_TRUE(esp8266_flash_map(kChecksFlashSize, map_)); }

  Updater updater(std::uint32_t running_size = 100'000) {
    return {flash_, map_, installers_.emplace_back(flash_, map_, running_size), checks_};
  }

  static UpdateRequest request(const Image& file, wire::Command command) {
    UpdateRequest request{command, static_cast<std::uint32_t>(file.size()), {}};
    from_hex(md5_of(file).data(), sizeof(request.md5), request.md5);
    return request;
  }

  UpdateError run(const Image& file, wire::Command command = wire::Command::Flash) {
    Updater fresh = updater();
    UpdateError error = fresh.begin(request(file, command));
    for (std::size_t at = 0; at < file.size() && error == UpdateError::None; at += 1460) {
      error = fresh.write(file.data() + at, std::min<std::size_t>(1460, file.size() - at));
    }
    return error == UpdateError::None ? fresh.end() : error;
  }

  bool pending(wire::BootCommand& command) {
    return wire::parse_boot_command(flash_.cells().data() + map_.command, command);
  }

  void expect_refused(const Image& file, UpdateError why) {
    EXPECT_EQ(run(file), why);
    wire::BootCommand command{};
    EXPECT_FALSE(pending(command));
  }

  void want_signatures() {
    checks_.signature = &verifier_;
    checks_.sha256 = &sha256_;
  }

  RamFlash flash_{kChecksFlashSize};
  FlashMap map_{};
  std::deque<JournalInstaller> installers_;
  ToyVerifier verifier_;
  SoftwareSha256 sha256_;
  Image window_ = Image(Inflater::kWindowBytes);
  Inflater inflater_{window_.data()};
  GzipPackageVerifier packages_{inflater_};
  ImageChecks checks_{nullptr, nullptr, &packages_};
};

}  // namespace otatool::firmware::testing
