#include "cli/device_hints.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>

#include "cli/hints.hpp"

namespace otatool::cli {
namespace {

struct TextHint {
  std::string_view text;  ///< a part of the device's text that only this error has
  std::string_view hint;
};

/// Longer and more particular texts stand first: the first one that is found counts.
constexpr std::array kTextHints = {
    TextHint{"Not Enough Space",
             "the free flash is too small: a flash layout with a smaller file system, a smaller "
             "image, or on ESP8266 a gzip package helps"},
    TextHint{"Bad Size Given",
             "the image does not fit the partition it is for: check the partition scheme, and --fs "
             "for filesystem images"},
    TextHint{"Invalid bootstrapping state",
             "the device was flashed by serial and not reset since: press its reset button once"},
    TextHint{
        "Signature verification failed",
        "the device takes signed images only: this one is unsigned, or signed with another key"},
    TextHint{"Broken gzip package",
             "the device unpacks a package before it takes it: make a new one with 'otatool gzip'; "
             "one that is signed is for devices that verify signatures"},
    TextHint{"new Flash config wrong",
             "the image was built for a larger flash than the device has: check the flash size in "
             "the board's settings"},
    TextHint{"Flash config wrong",
             "the running sketch was built for another flash size: check the flash size in the "
             "board's settings"},
    TextHint{"MD5",
             "the image was damaged on the way: try again; if it happens often, suspect the power "
             "supply"},
    TextHint{"Magic byte",
             "the device takes no file of this kind: give the .bin file of the build, and a gzip "
             "package only to ESP8266 cores from 2.7.0 on"},
    TextHint{"Wrong Magic Byte", "give the .bin file of the build; ESP32 takes no gzip packages"},
    TextHint{"Decryption error",
             "the file is no ESP32 image: give the .bin file of the build; ESP32 takes no gzip "
             "packages"},
    TextHint{"Could Not Activate The Firmware",
             "the device cannot boot this image: it may be for another chip, or be cut short"},
    TextHint{"Partition Could Not be Found",
             "the device has no partition for this: choose a partition scheme with OTA, or with a "
             "file system"},
    TextHint{"Flash Write Failed", "the flash may be worn out or the power supply weak; try again"},
    TextHint{"Flash Erase Failed", "the flash may be worn out or the power supply weak; try again"},
    TextHint{"Flash Read Failed", "the flash may be worn out or the power supply weak; try again"},
    TextHint{"Stream Read Timeout", "the device waited too long for data: check the Wi-Fi signal"},
    TextHint{"Aborted", "the sketch ended the update: its serial log may say why"},
    TextHint{"No data supplied",
             "the image is empty, or the connection ended before its first byte"},
    TextHint{"Out of memory",
             "the sketch leaves too little heap for an update: stop services before"},
    TextHint{"Update already running",
             "another update is under way: reset the device and try again"},
    TextHint{"Unknown update command",
             "the device does not know this kind of update: --fs needs a core with a file system"},
    TextHint{"Bad Argument", "the device's core is not made for this image: update it by serial"},
    TextHint{"No Error", "another update may be pending: reset the device and try again"},
    TextHint{"UNKNOWN", "the device's serial log may say more"},
};

/// Where a web form needs another advice than espota.
struct FormHint {
  Errc code;
  std::string_view hint;
};
constexpr std::array kFormHints = {
    FormHint{Errc::NoAnswer,
             "is the device on and awake, and the address right? A browser on this computer should "
             "show the form"},
    FormHint{Errc::PortClosed,
             "the host is up but no web server listens there: check the port, and that the sketch "
             "calls server.begin()"},
    FormHint{Errc::HostUnreachable,
             "check the address, the Wi-Fi connection of the device and the route to it"},
    FormHint{Errc::NetworkFailed, "check the address, and whether it is http or https"},
    FormHint{Errc::NotFound, "check the address; the form of the stock servers is at /update"},
    FormHint{Errc::PasswordRefused,
             "check user and password: --user NAME, --password-file FILE or OTATOOL_PASSWORD"},
    FormHint{Errc::UnknownChallenge, "-vv shows what the device asks for"},
    FormHint{Errc::Stalled, "weak Wi-Fi or a busy sketch: move the device closer, and try again"},
    FormHint{Errc::ConnectionClosed, "the device gave up: its serial log may say why"},
    FormHint{Errc::DeviceRefused, "-vv shows what the device answered; is there an upload form?"},
};

/// The app partition of ESP32 boards with the default scheme (espota.md 2.1).
constexpr std::size_t kDefaultAppPartition = 0x140000;

}  // namespace

std::string upload_hint(const Error& error, std::size_t image_size) {
  if (error.code() == Errc::NoConnectionBack && image_size > kDefaultAppPartition) {
    return fmt::format(
        "an ESP32 says nothing when an image is too large: {} bytes exceed the default app "
        "partition "
        "of {}; otherwise a firewall may block the connection (--host-port N fixes the port to "
        "open)",
        image_size,
        kDefaultAppPartition);
  }
  if (error.code() == Errc::DeviceReported || error.code() == Errc::DeviceRefused) {
    const auto found = std::ranges::find_if(kTextHints, [&](const TextHint& each) {
      return error.message().find(each.text) != std::string::npos;
    });
    if (found != kTextHints.end()) {
      return std::string(found->hint);
    }
  }
  return std::string(hint_for(error.code()));
}

std::string push_hint(const Error& error, std::size_t image_size) {
  if (error.message().find("Wrong origin") != std::string::npos) {
    return "the device is behind a proxy that changes its name: use the address of the device "
           "itself";
  }
  const auto found = std::ranges::find(kFormHints, error.code(), &FormHint::code);
  return found == kFormHints.end() ? upload_hint(error, image_size) : std::string(found->hint);
}

}  // namespace otatool::cli
