#include "cli/upload/device_hints.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <span>
#include <string_view>

#include "cli/io/hints.hpp"

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

/// Where another way than `otatool upload` needs another advice.
struct WayHint {
  Errc code;
  std::string_view hint;
};
constexpr std::array kFormHints = {
    WayHint{Errc::NoAnswer,
            "is the device on and awake, and the address right? A browser on this computer should "
            "show the form"},
    WayHint{Errc::PortClosed,
            "the host is up but no web server listens there: check the port, and that the sketch "
            "calls server.begin()"},
    WayHint{Errc::HostUnreachable,
            "check the address, the Wi-Fi connection of the device and the route to it"},
    WayHint{Errc::NetworkFailed, "check the address, and whether it is http or https"},
    WayHint{Errc::NotFound, "check the address; the form of the stock servers is at /update"},
    WayHint{Errc::PasswordRefused,
            "check user and password: --user NAME, --password-file FILE or OTATOOL_PASSWORD"},
    WayHint{Errc::UnknownChallenge, "-vv shows what the device asks for"},
    WayHint{Errc::Stalled, "weak Wi-Fi or a busy sketch: move the device closer, and try again"},
    WayHint{Errc::ConnectionClosed, "the device gave up: its serial log may say why"},
    WayHint{Errc::DeviceRefused, "-vv shows what the device answered; is there an upload form?"},
};

/// In place of espota.py, whose options are others.
constexpr std::array kEspotaHints = {
    WayHint{Errc::PasswordNeeded, "give it with -a PASSWORD or in the variable OTATOOL_PASSWORD"},
    WayHint{Errc::PasswordRefused,
            "check the password of the sketch: -a PASSWORD or the variable OTATOOL_PASSWORD"},
    WayHint{Errc::UnknownChallenge,
            "the device may not speak espota, or be newer than this otatool; -d shows what it "
            "sent"},
    WayHint{Errc::NoAnswer,
            "is the device on and awake, and the port right (-p 8266 on ESP8266, -p 3232 on "
            "ESP32)?"},
    WayHint{Errc::PortClosed,
            "an ESP32 listens on port 3232, an ESP8266 on port 8266: check -p, and that the sketch "
            "calls "
            "ArduinoOTA.begin()"},
    WayHint{Errc::HostUnreachable,
            "check the address, the Wi-Fi connection of the device and the route to it; -I chooses "
            "the local address"},
    WayHint{Errc::NoConnectionBack,
            "a firewall may block the device's connection to this computer: -P N fixes the port to "
            "open (on ESP32 the image may be larger than its partition)"},
    WayHint{Errc::OnlyStrangers,
            "if the device is behind address translation, 'otatool upload --any-peer' accepts the "
            "connection"},
    WayHint{Errc::Stalled,
            "weak Wi-Fi or a busy sketch: move the device closer, or try 'otatool upload "
            "--lockstep'"},
    WayHint{Errc::ConnectionClosed,
            "the device gave up: its serial log says why; 'otatool upload --lockstep' helps "
            "receivers that are easily overrun"},
    WayHint{Errc::NetworkFailed,
            "check the network of this computer; -I chooses the local address"},
};

/// For a device that asks a server. What the server's answer says by itself needs none.

/// The app partition of ESP32 boards with the default scheme (espota.md 2.1).
constexpr std::size_t kDefaultAppPartition = 0x140000;

std::string hint_of_way(std::span<const WayHint> way, const Error& error, std::size_t image_size) {
  const auto own = std::ranges::find(way, error.code(), &WayHint::code);
  std::string general(own == way.end() ? hint_for(error.code()) : own->hint);
  if (error.code() == Errc::NoConnectionBack && image_size > kDefaultAppPartition) {
    return fmt::format(
        "an ESP32 says nothing when an image is too large: {} bytes exceed the default app "
        "partition of {}; otherwise {}",
        image_size,
        kDefaultAppPartition,
        general);
  }
  const bool by_device =
      error.code() == Errc::DeviceReported || error.code() == Errc::DeviceRefused;
  if (by_device && own == way.end()) {
    const auto found = std::ranges::find_if(kTextHints, [&](const TextHint& each) {
      return error.message().find(each.text) != std::string::npos;
    });
    if (found != kTextHints.end()) {
      return std::string(found->hint);
    }
  }
  return general;
}

}  // namespace

std::string upload_hint(const Error& error, std::size_t image_size) {
  return hint_of_way({}, error, image_size);
}

std::string push_hint(const Error& error, std::size_t image_size) {
  if (error.message().find("Wrong origin") != std::string::npos) {
    return "the device is behind a proxy that changes its name: use the address of the device "
           "itself";
  }
  return hint_of_way(kFormHints, error, image_size);
}

std::string espota_hint(const Error& error, std::size_t image_size) {
  return hint_of_way(kEspotaHints, error, image_size);
}

}  // namespace otatool::cli
